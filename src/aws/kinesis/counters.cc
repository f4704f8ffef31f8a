#include "aws/kinesis/counters.h"

#include <fmt/format.h>

namespace millrace::aws::kinesis {
namespace {

using metrics::Metric;

metrics::SeriesRef series_of_consumer(engine::Lane& lane, const StreamName& stream, std::string_view consumer) {
  return lane.metrics().open(metrics::Kind::consumer,
                             fmt::format("kinesis/{}/{}/{}/{}", stream.region, stream.account, stream.name, consumer));
}

}  // namespace

std::uint64_t milliseconds_since(std::uint64_t begun_ns, env::Core& core) {
  constexpr std::uint64_t ms = 1'000'000;
  return (core.monotonic_ns() - begun_ns + ms / 2) / ms;
}

void count_put(broker::StreamPartition& shard, const PutCount& count) {
  auto& of_shard = shard.series(metrics::Kind::shard);
  const Time now = shard.lane().now();
  if (count.records > 0) {
    of_shard.add(Metric::incoming_bytes, count.bytes, now);
    of_shard.add(Metric::incoming_records, count.records, now);
  }
  if (count.exceeded > 0) of_shard.add(Metric::write_throughput_exceeded, count.exceeded, now);
  const std::uint64_t success = count.records > 0 ? 1 : 0;
  if (!count.batch) {
    of_shard.add(Metric::put_record_bytes, count.bytes, now);
    of_shard.add(Metric::put_record_latency, count.latency_ms, now);
    of_shard.add(Metric::put_record_success, success, now);
    return;
  }
  of_shard.add(Metric::put_records_bytes, count.bytes, now);
  of_shard.add(Metric::put_records_records, count.records, now);
  of_shard.add(Metric::put_records_total_records, count.records + count.exceeded + count.failed, now);
  of_shard.add(Metric::put_records_successful_records, count.records, now);
  of_shard.add(Metric::put_records_throttled_records, count.exceeded, now);
  of_shard.add(Metric::put_records_failed_records, count.failed, now);
  if (!count.leads) return;
  of_shard.add(Metric::put_records_latency, count.latency_ms, now);
  of_shard.add(Metric::put_records_success, success, now);
}

void count_get(broker::StreamPartition& shard, const GetCount& count) {
  auto& of_shard = shard.series(metrics::Kind::shard);
  const Time now = shard.lane().now();
  of_shard.add(Metric::outgoing_bytes, count.bytes, now);
  of_shard.add(Metric::outgoing_records, count.records, now);
  of_shard.add(Metric::iterator_age_milliseconds, count.behind_ms, now);
  of_shard.add(Metric::get_records_bytes, count.bytes, now);
  of_shard.add(Metric::get_records_records, count.records, now);
  of_shard.add(Metric::get_records_iterator_age_milliseconds, count.behind_ms, now);
  of_shard.add(Metric::get_records_latency, count.latency_ms, now);
  of_shard.add(Metric::get_records_success, 1, now);
}

void count_get_exceeded(broker::StreamPartition& shard) {
  shard.series(metrics::Kind::shard).add(Metric::read_throughput_exceeded, 1, shard.lane().now());
}

void count_event(engine::Lane& lane, const StreamName& stream, std::string_view consumer, const GetCount& count) {
  const auto of_consumer = series_of_consumer(lane, stream, consumer);
  const Time now = lane.now();
  of_consumer->add(Metric::subscribe_to_shard_event_bytes, count.bytes, now);
  of_consumer->add(Metric::subscribe_to_shard_event_records, count.records, now);
  of_consumer->add(Metric::subscribe_to_shard_event_millis_behind_latest, count.behind_ms, now);
  of_consumer->add(Metric::subscribe_to_shard_event_success, 1, now);
}

void count_subscribe(engine::Lane& lane, const StreamName& stream, std::string_view consumer, Subscribed how) {
  const auto of_consumer = series_of_consumer(lane, stream, consumer);
  of_consumer->add(Metric::subscribe_to_shard_success, how == Subscribed::yes ? 1 : 0, lane.now());
  if (how == Subscribed::rate_exceeded) {
    of_consumer->add(Metric::subscribe_to_shard_rate_exceeded, 1, lane.now());
  }
}

}  // namespace millrace::aws::kinesis
