#include "aws/sns/deliver/counters.h"

#include <fmt/format.h>

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
  // What a filter could not look at has a reason of its own, and is not among those that it looked at.
  const auto& out = published.filtered_out;
  const bool matched_attributes = has_attributes && !out.malformed_attributes;
  add(matched_attributes         ? Metric::filtered_out_message_attributes
      : out.malformed_attributes ? Metric::filtered_out_invalid_attributes
                                 : Metric::filtered_out_no_message_attributes,
      out.by_attributes);
  add(out.unreadable_body ? Metric::filtered_out_invalid_message_body : Metric::filtered_out_message_body, out.by_body);
  add(Metric::number_of_notifications_filtered_out,
      (matched_attributes ? out.by_attributes : 0) + (out.unreadable_body ? 0 : out.by_body));
  add(Metric::number_of_notifications_delivered, published.matched - published.drained);
  add(Metric::number_of_notifications_failed, published.refused);
  add(Metric::number_of_notifications_redriven_to_dlq, published.redriven);
  add(Metric::number_of_notifications_failed_to_redrive_to_dlq, published.letters_lost);
}

void count_delivered(engine::Lane& lane, const Ended& ended) {
  count(lane, ended.key, Metric::number_of_notifications_delivered, 1);
}

void count_failed(engine::Lane& lane, const Ended& ended) {
  count(lane, ended.key, Metric::number_of_notifications_failed, 1);
  if (ended.recipient.dead_letter.empty()) return;
  count(lane, ended.key, Metric::number_of_notifications_redriven_to_dlq, 1);
}

void count_spent(engine::Lane& lane, std::string_view region, std::string_view account, delivery::MicroUsd spent) {
  const auto series = lane.metrics().open(metrics::Kind::spending, fmt::format("sms-spending/{}/{}/", region, account));
  series->add(Metric::sms_month_to_date_spent, static_cast<std::uint64_t>(spent.get()), lane.now());
}

void count_dead_letters_lost(engine::Lane& lane, std::string_view key, std::uint64_t lost) {
  count(lane, key, Metric::number_of_notifications_failed_to_redrive_to_dlq, lost);
}

}  // namespace millrace::aws::sns::deliver
