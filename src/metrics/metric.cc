#include "metrics/metric.h"

#include <array>

namespace millrace::metrics {
namespace {

constexpr std::array<MetricFacts, metrics_all> table{{
    {Metric::number_of_messages_sent, Kind::queue, "NumberOfMessagesSent", Unit::count, Form::counter,
     "queue_messages_sent", "Messages added to the queue."},
    {Metric::sent_message_size, Kind::queue, "SentMessageSize", Unit::bytes, Form::counter, "queue_sent_bytes",
     "Bytes of the messages added to the queue."},
    {Metric::number_of_messages_received, Kind::queue, "NumberOfMessagesReceived", Unit::count, Form::counter,
     "queue_messages_received", "Messages given to receivers."},
    {Metric::number_of_empty_receives, Kind::queue, "NumberOfEmptyReceives", Unit::count, Form::counter,
     "queue_empty_receives", "Receive calls that returned no message."},
    {Metric::number_of_messages_deleted, Kind::queue, "NumberOfMessagesDeleted", Unit::count, Form::counter,
     "queue_messages_deleted", "Messages deleted by receivers."},
    {Metric::number_of_deduplicated_sent_messages, Kind::queue, "NumberOfDeduplicatedSentMessages", Unit::count,
     Form::counter, "queue_messages_deduplicated", "Messages that were sent again and not added."},
    {Metric::messages_visible, Kind::queue, "ApproximateNumberOfMessagesVisible", Unit::count, Form::gauge,
     "queue_messages_visible", "Messages that can be received."},
    {Metric::messages_not_visible, Kind::queue, "ApproximateNumberOfMessagesNotVisible", Unit::count, Form::gauge,
     "queue_messages_not_visible", "Messages in flight: received and not deleted yet."},
    {Metric::messages_delayed, Kind::queue, "ApproximateNumberOfMessagesDelayed", Unit::count, Form::gauge,
     "queue_messages_delayed", "Messages that cannot be received yet."},
    {Metric::age_of_oldest_message, Kind::queue, "ApproximateAgeOfOldestMessage", Unit::seconds, Form::gauge,
     "queue_oldest_message_age_seconds", "Age of the oldest message that is not deleted."},

    {Metric::incoming_bytes, Kind::shard, "IncomingBytes", Unit::bytes, Form::counter, "stream_incoming_bytes",
     "Bytes put into the shard.", true},
    {Metric::incoming_records, Kind::shard, "IncomingRecords", Unit::count, Form::counter, "stream_incoming_records",
     "Records put into the shard.", true},
    {Metric::outgoing_bytes, Kind::shard, "OutgoingBytes", Unit::bytes, Form::counter, "stream_outgoing_bytes",
     "Bytes read from the shard.", true},
    {Metric::outgoing_records, Kind::shard, "OutgoingRecords", Unit::count, Form::counter, "stream_outgoing_records",
     "Records read from the shard.", true},
    {Metric::iterator_age_milliseconds, Kind::shard, "IteratorAgeMilliseconds", Unit::milliseconds, Form::gauge,
     "stream_iterator_age_milliseconds", "Age of the last record that was read.", true},
    {Metric::read_throughput_exceeded, Kind::shard, "ReadProvisionedThroughputExceeded", Unit::count, Form::counter,
     "stream_reads_throttled", "Reads refused because the shard's throughput was exceeded.", true},
    {Metric::write_throughput_exceeded, Kind::shard, "WriteProvisionedThroughputExceeded", Unit::count, Form::counter,
     "stream_writes_throttled", "Records refused because the shard's throughput was exceeded.", true},

    {Metric::put_record_bytes, Kind::shard, "PutRecord.Bytes", Unit::bytes, Form::counter, "stream_put_record_bytes",
     "Bytes put with PutRecord."},
    {Metric::put_record_latency, Kind::shard, "PutRecord.Latency", Unit::milliseconds, Form::summary,
     "stream_put_record_latency_milliseconds", "Time that PutRecord took."},
    {Metric::put_record_success, Kind::shard, "PutRecord.Success", Unit::count, Form::summary,
     "stream_put_record_success", "Calls of PutRecord (count) and how many succeeded (sum)."},
    {Metric::put_records_bytes, Kind::shard, "PutRecords.Bytes", Unit::bytes, Form::counter, "stream_put_records_bytes",
     "Bytes put with PutRecords."},
    {Metric::put_records_latency, Kind::shard, "PutRecords.Latency", Unit::milliseconds, Form::summary,
     "stream_put_records_latency_milliseconds", "Time that PutRecords took."},
    {Metric::put_records_records, Kind::shard, "PutRecords.Records", Unit::count, Form::counter,
     "stream_put_records_records", "Records that PutRecords stored."},
    {Metric::put_records_success, Kind::shard, "PutRecords.Success", Unit::count, Form::summary,
     "stream_put_records_success", "Calls of PutRecords (count) and how many stored a record (sum)."},
    {Metric::put_records_total_records, Kind::shard, "PutRecords.TotalRecords", Unit::count, Form::counter,
     "stream_put_records_records_sent", "Records sent with PutRecords."},
    {Metric::put_records_successful_records, Kind::shard, "PutRecords.SuccessfulRecords", Unit::count, Form::counter,
     "stream_put_records_records_successful", "Records of PutRecords that were stored."},
    {Metric::put_records_failed_records, Kind::shard, "PutRecords.FailedRecords", Unit::count, Form::counter,
     "stream_put_records_records_failed", "Records of PutRecords that failed inside the server."},
    {Metric::put_records_throttled_records, Kind::shard, "PutRecords.ThrottledRecords", Unit::count, Form::counter,
     "stream_put_records_records_throttled", "Records of PutRecords that exceeded a shard's throughput."},
    {Metric::get_records_bytes, Kind::shard, "GetRecords.Bytes", Unit::bytes, Form::counter, "stream_get_records_bytes",
     "Bytes read with GetRecords."},
    {Metric::get_records_iterator_age_milliseconds, Kind::shard, "GetRecords.IteratorAgeMilliseconds",
     Unit::milliseconds, Form::gauge, "stream_get_records_iterator_age_milliseconds",
     "Age of the last record that GetRecords returned."},
    {Metric::get_records_latency, Kind::shard, "GetRecords.Latency", Unit::milliseconds, Form::summary,
     "stream_get_records_latency_milliseconds", "Time that GetRecords took."},
    {Metric::get_records_records, Kind::shard, "GetRecords.Records", Unit::count, Form::counter,
     "stream_get_records_records", "Records read with GetRecords."},
    {Metric::get_records_success, Kind::shard, "GetRecords.Success", Unit::count, Form::summary,
     "stream_get_records_success", "Calls of GetRecords (count) and how many succeeded (sum)."},

    {Metric::subscribe_to_shard_success, Kind::consumer, "SubscribeToShard.Success", Unit::count, Form::summary,
     "consumer_subscribe_success", "Calls of SubscribeToShard (count) and how many succeeded (sum)."},
    {Metric::subscribe_to_shard_rate_exceeded, Kind::consumer, "SubscribeToShard.RateExceeded", Unit::count,
     Form::counter, "consumer_subscribe_rate_exceeded", "Subscriptions refused because they came too fast."},
    {Metric::subscribe_to_shard_event_bytes, Kind::consumer, "SubscribeToShardEvent.Bytes", Unit::bytes, Form::counter,
     "consumer_event_bytes", "Bytes pushed to the consumer."},
    {Metric::subscribe_to_shard_event_millis_behind_latest, Kind::consumer, "SubscribeToShardEvent.MillisBehindLatest",
     Unit::milliseconds, Form::gauge, "consumer_behind_latest_milliseconds",
     "How far the last event was behind the tip of its shard."},
    {Metric::subscribe_to_shard_event_records, Kind::consumer, "SubscribeToShardEvent.Records", Unit::count,
     Form::counter, "consumer_event_records", "Records pushed to the consumer."},
    {Metric::subscribe_to_shard_event_success, Kind::consumer, "SubscribeToShardEvent.Success", Unit::count,
     Form::summary, "consumer_event_success", "Events (count) and how many were sent (sum)."},

    {Metric::number_of_messages_published, Kind::topic, "NumberOfMessagesPublished", Unit::count, Form::counter,
     "topic_messages_published", "Messages published to the topic."},
    {Metric::publish_size, Kind::topic, "PublishSize", Unit::bytes, Form::counter, "topic_published_bytes",
     "Bytes of the messages published to the topic."},
    {Metric::number_of_notifications_delivered, Kind::topic, "NumberOfNotificationsDelivered", Unit::count,
     Form::counter, "topic_notifications_delivered", "Messages delivered to subscribers."},
    {Metric::number_of_notifications_failed, Kind::topic, "NumberOfNotificationsFailed", Unit::count, Form::counter,
     "topic_notifications_failed", "Messages that could not be delivered."},
    {Metric::number_of_notifications_filtered_out, Kind::topic, "NumberOfNotificationsFilteredOut", Unit::count,
     Form::counter, "topic_notifications_filtered_out",
     "Messages that a subscription's filter policy did not let pass."},
    {Metric::filtered_out_message_attributes, Kind::topic, "NumberOfNotificationsFilteredOut-MessageAttributes",
     Unit::count, Form::counter, "topic_notifications_filtered_out_by_attributes",
     "Messages filtered out by their attributes."},
    {Metric::filtered_out_message_body, Kind::topic, "NumberOfNotificationsFilteredOut-MessageBody", Unit::count,
     Form::counter, "topic_notifications_filtered_out_by_body", "Messages filtered out by their body."},
    {Metric::filtered_out_no_message_attributes, Kind::topic, "NumberOfNotificationsFilteredOut-NoMessageAttributes",
     Unit::count, Form::counter, "topic_notifications_filtered_out_without_attributes",
     "Messages filtered out because they had no attributes."},
    {Metric::filtered_out_invalid_attributes, Kind::topic, "NumberOfNotificationsFilteredOut-InvalidAttributes",
     Unit::count, Form::counter, "topic_notifications_filtered_out_invalid_attributes",
     "Messages filtered out of whose attributes one was not of its type."},
    {Metric::filtered_out_invalid_message_body, Kind::topic, "NumberOfNotificationsFilteredOut-InvalidMessageBody",
     Unit::count, Form::counter, "topic_notifications_filtered_out_invalid_body",
     "Messages filtered out because their body was no JSON object."},
    {Metric::number_of_notifications_redriven_to_dlq, Kind::topic, "NumberOfNotificationsRedrivenToDlq", Unit::count,
     Form::counter, "topic_notifications_redriven", "Messages moved to a dead-letter queue."},
    {Metric::number_of_notifications_failed_to_redrive_to_dlq, Kind::topic, "NumberOfNotificationsFailedToRedriveToDlq",
     Unit::count, Form::counter, "topic_notifications_lost",
     "Messages that could not be moved to a dead-letter queue."},

    {Metric::sms_success_rate, Kind::sms, "SMSSuccessRate", Unit::count, Form::summary, "sms_success",
     "Text messages that ended (count) and how many were delivered (sum)."},
    {Metric::sms_delivered, Kind::sms, "NumberOfNotificationsDelivered", Unit::count, Form::counter, "sms_delivered",
     "Text messages that the gateway has taken over."},
    {Metric::sms_failed, Kind::sms, "NumberOfNotificationsFailed", Unit::count, Form::counter, "sms_failed",
     "Text messages that were given up."},

    {Metric::sms_month_to_date_spent, Kind::spending, "SMSMonthToDateSpentUSD", Unit::usd, Form::gauge,
     "sms_month_to_date_spent_usd", "What text messages have cost since the month began."},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].metric != static_cast<Metric>(i)) return false;
    const auto first = first_of(table[i].kind);
    if (i < first || i >= first + count_of(table[i].kind)) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by Metric, and each kind is a range of it");

}  // namespace

std::span<const MetricFacts> all_facts() { return table; }
const MetricFacts& facts(Metric metric) { return table[static_cast<std::size_t>(metric)]; }
std::span<const MetricFacts> facts_of(Kind kind) { return std::span(table).subspan(first_of(kind), count_of(kind)); }

}  // namespace millrace::metrics
