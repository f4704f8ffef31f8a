#include "aws/sns/deliver/counters.h"

#include "broker/topic/topic.h"

namespace millrace::aws::sns::deliver {
namespace {

using metrics::Metric;

void count(engine::Lane& lane, std::string_view key, Metric metric, std::uint64_t value) {
  const auto own = parse_own_key(key);
  auto* const topic = own ? broker::find_topic(lane, own->topic) : nullptr;
  if (topic != nullptr) topic->series(metrics::Kind::topic).add(metric, value, lane.now());
}

}  // namespace

void count_published(broker::Topic& topic, std::size_t bytes, const broker::Published& published) {
  const Time now = topic.lane().now();
  auto& series = topic.series(metrics::Kind::topic);
  series.add(Metric::number_of_messages_published, 1, now);
  series.add(Metric::publish_size, bytes, now);
  if (published.filtered > 0) series.add(Metric::number_of_notifications_filtered_out, published.filtered, now);
  const auto arrived = published.matched - published.drained;
  if (arrived > 0) series.add(Metric::number_of_notifications_delivered, arrived, now);
}

void count_delivered(engine::Lane& lane, const Ended& ended) {
  count(lane, ended.key, Metric::number_of_notifications_delivered, 1);
}

void count_failed(engine::Lane& lane, const Ended& ended) {
  count(lane, ended.key, Metric::number_of_notifications_failed, 1);
  if (ended.recipient.dead_letter.empty()) return;
  count(lane, ended.key, Metric::number_of_notifications_redriven_to_dlq, 1);
}

void count_dead_letters_lost(engine::Lane& lane, std::string_view key, std::uint64_t lost) {
  count(lane, key, Metric::number_of_notifications_failed_to_redrive_to_dlq, lost);
}

}  // namespace millrace::aws::sns::deliver
