#include "aws/sqs/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/sqs/errors.h"
#include "aws/sqs/policy.h"
#include "aws/sqs/redrive.h"
#include "http/message.h"

namespace millrace::aws::sqs {
namespace {

using broker::QueueConfig;
using Text = std::optional<std::string>;
using Written = Outcome<void>;

constexpr std::string_view kms_key = "KmsMasterKeyId";
constexpr std::string_view kms_period = "KmsDataKeyReusePeriodSeconds";
constexpr std::string_view kms_period_default = "300";
constexpr std::string_view managed_sse = "SqsManagedSseEnabled";
constexpr std::string_view fifo_queue = "FifoQueue";

// ---- Values ----

std::optional<std::int64_t> parse_number(const QueueAttribute& row, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < row.min || number > row.max) return std::nullopt;
  return number;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (http::equal_ignoring_case(text, "true")) return true;
  if (http::equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

std::string text_of(bool flag) { return flag ? "true" : "false"; }

std::string text_of_seconds(Time time) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

void keep(QueueConfig& config, std::string_view name, std::string value) {
  if (value.empty()) {
    config.annotations.erase(std::string(name));
  } else {
    config.annotations.insert_or_assign(std::string(name), std::move(value));
  }
}

// ---- Readers and writers, as the table's rows use them ----

template <Duration QueueConfig::* Member>
Text read_seconds(const QueueAttribute&, const QueueFacts& facts) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(facts.config.*Member).count());
}
template <Duration QueueConfig::* Member>
Written write_seconds(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  const auto number = parse_number(row, value);
  if (!number) return refuse(invalid_attribute(row.name));
  config.*Member = std::chrono::seconds(*number);
  return {};
}

Text read_size(const QueueAttribute&, const QueueFacts& facts) {
  return std::to_string(facts.config.message_bytes_max);
}
Written write_size(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  const auto number = parse_number(row, value);
  if (!number) return refuse(invalid_attribute(row.name));
  config.message_bytes_max = static_cast<std::uint32_t>(*number);
  return {};
}

Text read_annotation(const QueueAttribute& row, const QueueFacts& facts) {
  const auto at = facts.config.annotations.find(std::string(row.name));
  if (at == facts.config.annotations.end()) return std::nullopt;
  return at->second;
}

Written write_policy(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  if (!value.empty()) {
    if (auto ok = check_policy(value); !ok) return ok;
  }
  keep(config, row.name, value);
  return {};
}

Written write_redrive(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  config.dead_letter.reset();
  if (!value.empty()) {
    auto policy = parse_redrive_policy(value);
    if (!policy) return refuse(std::move(policy.error()));
    config.dead_letter = broker::DeadLetterPolicy{policy->target.key(), policy->receives_max};
    keep(config, row.name, std::move(policy->compact));
    return {};
  }
  keep(config, row.name, {});
  return {};
}

Written write_redrive_allow(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  RedriveAllowPolicy policy;
  if (!value.empty()) {
    auto parsed = parse_redrive_allow_policy(value);
    if (!parsed) return refuse(std::move(parsed.error()));
    policy = std::move(*parsed);
  }
  config.redrive_allow = policy.allow;
  config.redrive_sources = std::move(policy.source_keys);
  keep(config, row.name, std::move(policy.compact));
  return {};
}

// Keys are not looked up: they belong to a key service.
Written write_kms_key(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  keep(config, row.name, value);
  return {};
}
Text read_kms_period(const QueueAttribute& row, const QueueFacts& facts) {
  if (!facts.config.annotations.contains(std::string(kms_key))) return std::nullopt;
  return read_annotation(row, facts).value_or(std::string(kms_period_default));
}
Written write_kms_period(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  if (!parse_number(row, value)) return refuse(invalid_attribute(row.name));
  keep(config, row.name, value);
  return {};
}
Text read_managed_sse(const QueueAttribute& row, const QueueFacts& facts) {
  return read_annotation(row, facts).value_or("true");
}
Written write_managed_sse(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  const auto flag = parse_flag(value);
  if (!flag) return refuse(invalid_attribute(row.name));
  keep(config, row.name, *flag ? "" : "false");
  return {};
}

Text read_fifo(const QueueAttribute&, const QueueFacts&) { return "true"; }
Written write_fifo(const QueueAttribute& row, const std::string& value, QueueConfig&) {
  const auto flag = parse_flag(value);
  if (!flag) return refuse(invalid_attribute(row.name));
  if (!*flag) return refuse(invalid_attribute(row.name, "Modifying queue type is not supported."));
  return {};
}
Text read_content_dedup(const QueueAttribute&, const QueueFacts& facts) { return text_of(facts.config.content_dedup); }
Written write_content_dedup(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  const auto flag = parse_flag(value);
  if (!flag) return refuse(invalid_attribute(row.name));
  config.content_dedup = *flag;
  return {};
}
Text read_dedup_scope(const QueueAttribute&, const QueueFacts& facts) {
  return facts.config.dedup_scope == broker::DedupScope::group ? "messageGroup" : "queue";
}
Written write_dedup_scope(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  if (value != "messageGroup" && value != "queue") return refuse(invalid_attribute(row.name));
  config.dedup_scope = value == "queue" ? broker::DedupScope::queue : broker::DedupScope::group;
  return {};
}
Text read_throughput(const QueueAttribute&, const QueueFacts& facts) {
  return facts.config.throughput_scope == broker::ThroughputScope::group ? "perMessageGroupId" : "perQueue";
}
Written write_throughput(const QueueAttribute& row, const std::string& value, QueueConfig& config) {
  if (value != "perMessageGroupId" && value != "perQueue") return refuse(invalid_attribute(row.name));
  config.throughput_scope = value == "perQueue" ? broker::ThroughputScope::queue : broker::ThroughputScope::group;
  return {};
}

template <std::uint64_t broker::QueueCounts::* Member>
Text read_count(const QueueAttribute&, const QueueFacts& facts) {
  return std::to_string(facts.counts.*Member);
}
Text read_arn(const QueueAttribute&, const QueueFacts& facts) { return facts.name.arn(); }
Text read_created(const QueueAttribute&, const QueueFacts& facts) { return text_of_seconds(facts.created); }
Text read_modified(const QueueAttribute&, const QueueFacts& facts) { return text_of_seconds(facts.modified); }

// ---- The table ----

using Counts = broker::QueueCounts;
constexpr bool fifo_only = true;

constexpr std::array<QueueAttribute, 21> table{{
    {"ApproximateNumberOfMessages", false, 0, 0, read_count<&Counts::ready>, nullptr},
    {"ApproximateNumberOfMessagesDelayed", false, 0, 0, read_count<&Counts::delayed>, nullptr},
    {"ApproximateNumberOfMessagesNotVisible", false, 0, 0, read_count<&Counts::in_flight>, nullptr},
    {"ContentBasedDeduplication", fifo_only, 0, 0, read_content_dedup, write_content_dedup},
    {"CreatedTimestamp", false, 0, 0, read_created, nullptr},
    {"DeduplicationScope", fifo_only, 0, 0, read_dedup_scope, write_dedup_scope},
    {"DelaySeconds", false, 0, 900, read_seconds<&QueueConfig::delay>, write_seconds<&QueueConfig::delay>},
    {"FifoQueue", fifo_only, 0, 0, read_fifo, write_fifo},
    {"FifoThroughputLimit", fifo_only, 0, 0, read_throughput, write_throughput},
    {"KmsDataKeyReusePeriodSeconds", false, 60, 86'400, read_kms_period, write_kms_period},
    {"KmsMasterKeyId", false, 0, 0, read_annotation, write_kms_key},
    {"LastModifiedTimestamp", false, 0, 0, read_modified, nullptr},
    {"MaximumMessageSize", false, 1024, 1'048'576, read_size, write_size},
    {"MessageRetentionPeriod", false, 60, 1'209'600, read_seconds<&QueueConfig::retention>,
     write_seconds<&QueueConfig::retention>},
    {"Policy", false, 0, 0, read_annotation, write_policy},
    {"QueueArn", false, 0, 0, read_arn, nullptr},
    {"ReceiveMessageWaitTimeSeconds", false, 0, 20, read_seconds<&QueueConfig::wait>,
     write_seconds<&QueueConfig::wait>},
    {"RedriveAllowPolicy", false, 0, 0, read_annotation, write_redrive_allow},
    {"RedrivePolicy", false, 0, 0, read_annotation, write_redrive},
    {"SqsManagedSseEnabled", false, 0, 0, read_managed_sse, write_managed_sse},
    {"VisibilityTimeout", false, 0, 43'200, read_seconds<&QueueConfig::visibility>,
     write_seconds<&QueueConfig::visibility>},
}};

Failure fifo_only_failure(const QueueAttribute& row) {
  if (row.name == fifo_queue || row.name == "ContentBasedDeduplication") return unknown_attribute(row.name);
  return {&errors::invalid_attribute_name,
          fmt::format("You can specify the {} only when FifoQueue is set to true.", row.name)};
}

// A queue is encrypted with a key of a key service, or with the service's own, or not at all.
Outcome<void> settle_encryption(const Given& given, QueueConfig& config) {
  const std::string* key = find_given(given, kms_key);
  const std::string* managed = find_given(given, managed_sse);
  const bool wants_managed = managed != nullptr && parse_flag(*managed).value_or(false);
  if (key != nullptr && !key->empty() && wants_managed) {
    return refuse(Failure{&errors::invalid_attribute_name,
                          "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
                          "SSE or SQS SSE."});
  }
  if (key != nullptr && !wants_managed) keep(config, managed_sse, "false");
  if (wants_managed) keep(config, kms_key, {});
  if (!config.annotations.contains(std::string(kms_key))) keep(config, kms_period, {});
  return {};
}

}  // namespace

std::span<const QueueAttribute> queue_attributes() { return table; }

const QueueAttribute* find_attribute(std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &QueueAttribute::name);
  return at != table.end() && at->name == name ? &*at : nullptr;
}

const std::string* find_given(const Given& given, std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [each, value] : given) {
    if (each == name) found = &value;
  }
  return found;
}

bool asks_for_fifo(const Given& given) {
  const std::string* value = find_given(given, fifo_queue);
  return value != nullptr && parse_flag(*value).value_or(false);
}

Outcome<void> apply_attributes(const Given& given, QueueConfig& config) {
  for (const auto& [name, value] : given) {
    const QueueAttribute* row = find_attribute(name);
    if (row == nullptr || row->write == nullptr) return refuse(unknown_attribute(name));
    if (row->fifo_only && !config.fifo) return refuse(fifo_only_failure(*row));
    if (auto ok = row->write(*row, value, config); !ok) return ok;
  }
  if (config.throughput_scope == broker::ThroughputScope::group && config.dedup_scope != broker::DedupScope::group) {
    return refuse(
        Failure{&errors::invalid_attribute_value,
                "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup"});
  }
  return settle_encryption(given, config);
}

Outcome<std::optional<std::string_view>> find_difference(const Given& given, const QueueName& name,
                                                         const QueueConfig& config) {
  QueueConfig wanted = config;
  if (auto ok = apply_attributes(given, wanted); !ok) return refuse(std::move(ok.error()));
  const QueueFacts is{.name = name, .config = config};
  const QueueFacts should{.name = name, .config = wanted};
  for (const auto& [each, value] : given) {
    const QueueAttribute* row = find_attribute(each);
    if (row->read(*row, is) != row->read(*row, should)) return std::optional<std::string_view>(row->name);
  }
  return std::optional<std::string_view>();
}

Outcome<void> check_attribute_names(std::span<const std::string> names) {
  for (const auto& name : names) {
    if (name != "All" && find_attribute(name) == nullptr) return refuse(unknown_attribute(name));
  }
  return {};
}

Outcome<codec::Map<std::string>> read_attributes(std::span<const std::string> names, const QueueFacts& facts) {
  if (auto ok = check_attribute_names(names); !ok) return refuse(std::move(ok.error()));
  codec::Map<std::string> result;
  const bool all = std::ranges::find(names, "All") != names.end();
  for (const auto& row : table) {
    if (row.fifo_only && !facts.config.fifo) continue;
    if (!all && std::ranges::find(names, row.name) == names.end()) continue;
    if (auto value = row.read(row, facts)) result.emplace_back(row.name, std::move(*value));
  }
  return result;
}

}  // namespace millrace::aws::sqs
