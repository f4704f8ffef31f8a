// What is measured: the metrics of each kind of thing, as one table of facts.
//
// The names are those of CloudWatch (AWS/SQS, AWS/Kinesis, AWS/SNS); Prometheus names are beside them. To add a metric: a
// line in Metric and one in the table of metric.cc, at the same place.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::metrics {

// What a series is about. Its key is "SERVICE/REGION/ACCOUNT/NAME", or with "/PART" after it; what stands between the
// name and the last part tells namesakes apart. What an account has only one of has no name.
enum class Kind : std::uint8_t {
  queue,     // sqs/REGION/ACCOUNT/QUEUE
  shard,     // kinesis/REGION/ACCOUNT/STREAM/CREATED/SHARD: a partition's key. A stream is the sum of these
  consumer,  // kinesis/REGION/ACCOUNT/STREAM/CONSUMER: a registered consumer. One series on each lane that serves it
  topic,     // sns/REGION/ACCOUNT/TOPIC
  sms,       // sms/REGION/ACCOUNT/COUNTRY/TYPE: text messages to phones of a country, of one type
  spending,  // sms-spending/REGION/ACCOUNT/: what text messages cost
};
inline constexpr std::size_t kinds = 6;

// Those of a kind stand together.
enum class Metric : std::uint8_t {
  // --- queue ---
  number_of_messages_sent,
  sent_message_size,
  number_of_messages_received,
  number_of_empty_receives,
  number_of_messages_deleted,
  number_of_deduplicated_sent_messages,
  messages_visible,
  messages_not_visible,
  messages_delayed,
  age_of_oldest_message,
  // --- shard: those that AWS gives for each shard under enhanced monitoring ---
  incoming_bytes,
  incoming_records,
  outgoing_bytes,
  outgoing_records,
  iterator_age_milliseconds,
  read_throughput_exceeded,   // ReadProvisionedThroughputExceeded
  write_throughput_exceeded,  // WriteProvisionedThroughputExceeded
  // --- shard: those that AWS gives for the stream only; count a call of several shards at any one of them ---
  put_record_bytes,
  put_record_latency,
  put_record_success,  // 1 or 0 for each call, like all *_success
  put_records_bytes,
  put_records_latency,
  put_records_records,
  put_records_success,
  put_records_total_records,
  put_records_successful_records,
  put_records_failed_records,
  put_records_throttled_records,
  get_records_bytes,
  get_records_iterator_age_milliseconds,
  get_records_latency,
  get_records_records,
  get_records_success,
  // --- consumer ---
  subscribe_to_shard_success,
  subscribe_to_shard_rate_exceeded,
  subscribe_to_shard_event_bytes,
  subscribe_to_shard_event_millis_behind_latest,
  subscribe_to_shard_event_records,
  subscribe_to_shard_event_success,
  // --- topic ---
  number_of_messages_published,
  publish_size,
  number_of_notifications_delivered,
  number_of_notifications_failed,
  number_of_notifications_filtered_out,
  filtered_out_message_attributes,
  filtered_out_message_body,
  filtered_out_no_message_attributes,
  filtered_out_invalid_attributes,
  filtered_out_invalid_message_body,
  number_of_notifications_redriven_to_dlq,
  number_of_notifications_failed_to_redrive_to_dlq,
  // --- sms ---
  sms_success_rate,  // 1 or 0 for each message
  sms_delivered,
  sms_failed,
  // --- spending ---
  sms_month_to_date_spent,
};
inline constexpr std::size_t metrics_all = static_cast<std::size_t>(Metric::sms_month_to_date_spent) + 1;

// Dollars are counted in millionths.
enum class Unit : std::uint8_t { count, bytes, milliseconds, seconds, usd };
// What a value is to be multiplied with to be one of the unit.
constexpr double scale_of(Unit unit) { return unit == Unit::usd ? 1e-6 : 1; }

// How Prometheus sees it.
enum class Form : std::uint8_t {
  counter,  // the running sum
  summary,  // the running sum, and the number of samples
  gauge,    // the latest value
};

struct MetricFacts {
  Metric metric;
  Kind kind;
  std::string_view name;  // of CloudWatch
  Unit unit;
  Form form;
  std::string_view prometheus;  // without "millrace_" and without the suffixes of a form
  std::string_view help;
  bool of_shard = false;  // CloudWatch has it for a shard too, not only for the stream
};

// All of them, in the order of Metric.
std::span<const MetricFacts> all_facts();
const MetricFacts& facts(Metric metric);
// Those of a kind, in the order of Metric.
std::span<const MetricFacts> facts_of(Kind kind);

// The metrics of a kind begin here; they end where the next kind's begin.
constexpr std::size_t first_of(Kind kind) {
  switch (kind) {
    case Kind::queue: return 0;
    case Kind::shard: return static_cast<std::size_t>(Metric::incoming_bytes);
    case Kind::consumer: return static_cast<std::size_t>(Metric::subscribe_to_shard_success);
    case Kind::topic: return static_cast<std::size_t>(Metric::number_of_messages_published);
    case Kind::sms: return static_cast<std::size_t>(Metric::sms_success_rate);
    case Kind::spending: return static_cast<std::size_t>(Metric::sms_month_to_date_spent);
  }
  return metrics_all;
}
constexpr std::size_t count_of(Kind kind) {
  switch (kind) {
    case Kind::queue: return first_of(Kind::shard);
    case Kind::shard: return first_of(Kind::consumer) - first_of(Kind::shard);
    case Kind::consumer: return first_of(Kind::topic) - first_of(Kind::consumer);
    case Kind::topic: return first_of(Kind::sms) - first_of(Kind::topic);
    case Kind::sms: return first_of(Kind::spending) - first_of(Kind::sms);
    case Kind::spending: return metrics_all - first_of(Kind::spending);
  }
  return 0;
}
inline constexpr std::size_t metrics_of_kind_max = 32;
static_assert(count_of(Kind::queue) <= metrics_of_kind_max && count_of(Kind::shard) <= metrics_of_kind_max &&
              count_of(Kind::consumer) <= metrics_of_kind_max && count_of(Kind::topic) <= metrics_of_kind_max &&
              count_of(Kind::sms) <= metrics_of_kind_max && count_of(Kind::spending) <= metrics_of_kind_max);

}  // namespace millrace::metrics
