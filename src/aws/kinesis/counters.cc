#include "aws/kinesis/counters.h"

#include <fmt/format.h>

namespace millrace::aws::kinesis {
namespace {

using metrics::Metric;

metrics::SeriesRef series(engine::Lane& lane, const StreamName& stream, std::uint32_t shard) {
  return lane.metrics().open(metrics::Kind::shard, fmt::format("kinesis/{}/{}/{}/{}", stream.region, stream.account,
                                                               stream.name, shard_id(shard)));
}

}  // namespace

void count_put(engine::Lane& lane, const StreamName& stream, std::uint32_t shard, const PutCount& count) {
  const auto of_shard = series(lane, stream, shard);
  const Time now = lane.now();
  if (count.records > 0) {
    of_shard->add(Metric::incoming_bytes, count.bytes, now);
    of_shard->add(Metric::incoming_records, count.records, now);
  }
  if (count.exceeded > 0) of_shard->add(Metric::write_throughput_exceeded, count.exceeded, now);
  const std::uint64_t success = count.records > 0 ? 1 : 0;
  if (!count.batch) {
    of_shard->add(Metric::put_record_bytes, count.bytes, now);
    of_shard->add(Metric::put_record_success, success, now);
    return;
  }
  of_shard->add(Metric::put_records_bytes, count.bytes, now);
  of_shard->add(Metric::put_records_records, count.records, now);
  of_shard->add(Metric::put_records_total_records, count.records + count.exceeded, now);
  of_shard->add(Metric::put_records_successful_records, count.records, now);
  of_shard->add(Metric::put_records_throttled_records, count.exceeded, now);
  if (count.leads) of_shard->add(Metric::put_records_success, success, now);
}

void count_get(engine::Lane& lane, const StreamName& stream, std::uint32_t shard, const GetCount& count) {
  const auto of_shard = series(lane, stream, shard);
  const Time now = lane.now();
  of_shard->add(Metric::outgoing_bytes, count.bytes, now);
  of_shard->add(Metric::outgoing_records, count.records, now);
  of_shard->add(Metric::iterator_age_milliseconds, count.behind_ms, now);
  of_shard->add(Metric::get_records_bytes, count.bytes, now);
  of_shard->add(Metric::get_records_records, count.records, now);
  of_shard->add(Metric::get_records_iterator_age_milliseconds, count.behind_ms, now);
  of_shard->add(Metric::get_records_success, 1, now);
}

void count_get_exceeded(engine::Lane& lane, const StreamName& stream, std::uint32_t shard) {
  series(lane, stream, shard)->add(Metric::read_throughput_exceeded, 1, lane.now());
}

void count_event(engine::Lane& lane, const StreamName& stream, std::string_view consumer, const GetCount& count) {
  const auto of_consumer =
      lane.metrics().open(metrics::Kind::consumer,
                          fmt::format("kinesis/{}/{}/{}/{}", stream.region, stream.account, stream.name, consumer));
  const Time now = lane.now();
  of_consumer->add(Metric::subscribe_to_shard_event_bytes, count.bytes, now);
  of_consumer->add(Metric::subscribe_to_shard_event_records, count.records, now);
  of_consumer->add(Metric::subscribe_to_shard_event_millis_behind_latest, count.behind_ms, now);
  of_consumer->add(Metric::subscribe_to_shard_event_success, 1, now);
}

}  // namespace millrace::aws::kinesis
