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

void count_published(broker::Topic& topic, std::size_t bytes, bool has_attributes, const broker::Published& published) {
  const Time now = topic.lane().now();
  auto& series = topic.series(metrics::Kind::topic);
  series.add(Metric::number_of_messages_published, 1, now);
  series.add(Metric::publish_size, bytes, now);
  const auto add = [&](Metric metric, std::uint64_t value) {
    if (value > 0) series.add(metric, value, now);
  };
  const auto& out = published.filtered_out;
  add(Metric::number_of_notifications_filtered_out, published.filtered);
  add(Metric::filtered_out_message_attributes, out.by_attributes);
  if (!has_attributes) add(Metric::filtered_out_no_message_attributes, out.by_attributes);
  add(Metric::filtered_out_message_body, out.by_body);
  if (out.unreadable_body) add(Metric::filtered_out_invalid_message_body, out.by_body);
  add(Metric::number_of_notifications_delivered, published.matched - published.drained);
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
