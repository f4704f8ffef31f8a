#include "aws/sns/topic_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "aws/policy_document.h"
#include "aws/sns/delivery_policy.h"
#include "aws/sns/errors.h"
#include "codec/json_value.h"
#include "codec/text.h"
#include "codec/timestamp.h"
#include "http/message.h"

namespace millrace::aws::sns {
namespace {

using broker::TopicConfig;
using codec::JsonValue;
using Text = std::optional<std::string>;
// What is wrong with a value, without the words that every failure begins with; nothing: it was taken.
using Wrong = std::optional<std::string>;

constexpr std::string_view fifo_attribute = "FifoTopic";
constexpr std::size_t display_name_max = 100;
constexpr std::int64_t archive_days_max = 365;

struct Row {
  std::string_view name;
  bool fifo_only = false;
  // The value as text; nothing when the topic has none.
  Text (*read)(const Row&, const TopicFacts&) = nullptr;
  // Null: read only.
  Wrong (*write)(const Row&, const std::string& value, TopicChange&) = nullptr;
};

std::string flag_text(bool flag) { return flag ? "true" : "false"; }

std::string not_a_flag(std::string_view name, std::string_view value) {
  return fmt::format("{}: Invalid value [{}]. Must be true or false.", name, value);
}

// ---- Readers and writers, as the table's rows use them ----

Text read_annotation(const Row& row, const TopicFacts& facts) {
  const auto& value = annotation(facts.config.annotations, row.name);
  return value.empty() ? Text() : value;
}

Wrong keep(const Row& row, const std::string& value, TopicChange& change) {
  annotate(change.config.annotations, row.name, value);
  return {};
}

Text read_display_name(const Row& row, const TopicFacts& facts) { return read_annotation(row, facts).value_or(""); }
Wrong write_display_name(const Row& row, const std::string& value, TopicChange& change) {
  const bool control =
      std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
  if (control || codec::count_characters(value) > display_name_max) return std::string(row.name);
  return keep(row, value, change);
}

Text read_policy_text(const Row&, const TopicFacts& facts) { return policy_of(facts.name, facts.config); }

// Actions that a policy of a topic may speak of.
constexpr std::array<std::string_view, 15> policy_actions{"GetTopicAttributes",
                                                          "SetTopicAttributes",
                                                          "AddPermission",
                                                          "RemovePermission",
                                                          "DeleteTopic",
                                                          "Subscribe",
                                                          "ListSubscriptionsByTopic",
                                                          "Publish",
                                                          "Receive",
                                                          "GetDataProtectionPolicy",
                                                          "PutDataProtectionPolicy",
                                                          "ListTagsForResource",
                                                          "TagResource",
                                                          "UntagResource",
                                                          "*"};
bool in_scope(std::string_view action) {
  constexpr std::string_view prefix = "sns:";
  if (action == "*") return true;
  if (action.size() < prefix.size() || !http::equal_ignoring_case(action.substr(0, prefix.size()), prefix))
    return false;
  action.remove_prefix(prefix.size());
  // With wildcards it may mean several; which ones is decided when it is used.
  if (action.find_first_of("*?") != std::string_view::npos) return true;
  return std::ranges::any_of(policy_actions,
                             [&](std::string_view each) { return http::equal_ignoring_case(action, each); });
}

Wrong write_policy(const Row& row, const std::string& value, TopicChange& change) {
  if (value.empty()) return keep(row, {}, change);
  if (value.size() > change.limits.policy_bytes_max) {
    return fmt::format("Policy Error: the policy is longer than {} bytes", change.limits.policy_bytes_max);
  }
  const auto policy = read_policy(value);
  if (!policy) return "Policy Error: null";
  if (policy->statements > change.limits.policy_statements_max) {
    return fmt::format("Policy Error: {} statements, maximum allowed is {}", policy->statements,
                       change.limits.policy_statements_max);
  }
  if (!std::ranges::all_of(policy->actions, in_scope)) return "Policy statement action out of service scope!";
  return keep(row, value, change);
}

Wrong write_delivery_policy(const Row& row, const std::string& value, TopicChange& change) {
  const auto policy = value.empty() ? DeliveryPolicy() : parse_delivery_policy(value, PolicyOwner::topic);
  if (!policy) return fmt::format("{}: {}", row.name, policy.error());
  const auto text = value.empty() || value == "{}" ? std::string() : render(*policy, PolicyOwner::topic);
  return keep(row, text, change);
}

Text read_effective_policy(const Row&, const TopicFacts& facts) {
  return effective_topic_policy(annotation(facts.config.annotations, delivery_policy_attribute));
}

Wrong write_signature_version(const Row& row, const std::string& value, TopicChange& change) {
  if (value != "1" && value != "2") return std::string(row.name);
  return keep(row, value, change);
}

Wrong write_tracing(const Row& row, const std::string& value, TopicChange& change) {
  if (value != "PassThrough" && value != "Active") return std::string(row.name);
  return keep(row, value, change);
}

Wrong write_role(const Row& row, const std::string& value, TopicChange& change) {
  const auto arn = parse_arn(value);
  const bool role = arn && arn->service == "iam" && is_account(arn->account) && arn->resource.starts_with("role/");
  if (!value.empty() && !role) return fmt::format("{}: {} is not the ARN of a role", row.name, value);
  return keep(row, value, change);
}

Wrong write_sample_rate(const Row& row, const std::string& value, TopicChange& change) {
  int percent = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), percent);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (!value.empty() && (!whole || percent < 0 || percent > 100)) {
    return fmt::format("{}: must be an integer between 0 and 100", row.name);
  }
  return keep(row, value, change);
}

Text read_fifo(const Row&, const TopicFacts&) { return "true"; }
Text read_content_dedup(const Row&, const TopicFacts& facts) { return flag_text(facts.config.content_dedup); }
Wrong write_content_dedup(const Row& row, const std::string& value, TopicChange& change) {
  const auto flag = parse_flag(value);
  if (!flag) return not_a_flag(row.name, value);
  change.config.content_dedup = *flag;
  return {};
}

Wrong write_throughput_scope(const Row& row, const std::string& value, TopicChange& change) {
  if (value != "Topic" && value != "MessageGroup") {
    return fmt::format("{}: Invalid value [{}]. Must be Topic or MessageGroup.", row.name, value);
  }
  change.config.dedup_per_group = value == "MessageGroup";
  return keep(row, value, change);
}

// {"MessageRetentionPeriod": 30}, also with the number as text; {} turns it off.
Wrong write_archive(const Row& row, const std::string& value, TopicChange& change) {
  const auto json = codec::parse_json(value.empty() ? "{}" : value);
  if (!json || json->object() == nullptr) return fmt::format("{}: failed to parse JSON.", row.name);
  std::int64_t days = 0;
  for (const auto& [name, member] : *json->object()) {
    if (name != "MessageRetentionPeriod") return fmt::format("{}: Unexpected JSON member: {}", row.name, name);
    if (member.integer() != nullptr) days = *member.integer();
    if (const std::string* const text = member.string()) {
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), days);
      if (error != std::errc{} || end != text->data() + text->size()) days = 0;
    }
    if (days < 1 || days > archive_days_max) {
      return fmt::format("{}: MessageRetentionPeriod must be between 1 and {}", row.name, archive_days_max);
    }
  }
  auto& annotations = change.config.annotations;
  if (days == 0) annotate(annotations, archive_beginning_attribute, {});
  if (days != 0 && annotation(annotations, archive_beginning_attribute).empty()) {
    std::string beginning;
    codec::write_iso8601(change.now, beginning);
    annotate(annotations, archive_beginning_attribute, std::move(beginning));
  }
  change.config.archive_days = static_cast<std::uint32_t>(days);
  return {};
}
Text read_archive(const Row&, const TopicFacts& facts) {
  if (facts.config.archive_days == 0) return std::nullopt;
  return fmt::format("{{\"MessageRetentionPeriod\":\"{}\"}}", facts.config.archive_days);
}

Text read_owner(const Row&, const TopicFacts& facts) { return facts.name.account; }
Text read_arn_text(const Row&, const TopicFacts& facts) { return facts.name.arn(); }
template <std::uint64_t broker::TopicCounts::* Member>
Text read_count(const Row&, const TopicFacts& facts) {
  return std::to_string(facts.counts.*Member);
}

// ---- The table ----

using Counts = broker::TopicCounts;
constexpr bool fifo_only = true;

constexpr std::array<Row, 32> table{{
    {"ApplicationFailureFeedbackRoleArn", false, read_annotation, write_role},
    {"ApplicationSuccessFeedbackRoleArn", false, read_annotation, write_role},
    {"ApplicationSuccessFeedbackSampleRate", false, read_annotation, write_sample_rate},
    {"ArchivePolicy", fifo_only, read_archive, write_archive},
    {"BeginningArchiveTime", fifo_only, read_annotation, nullptr},
    {"ContentBasedDeduplication", fifo_only, read_content_dedup, write_content_dedup},
    {"DeliveryPolicy", false, read_annotation, write_delivery_policy},
    {"DisplayName", false, read_display_name, write_display_name},
    {"EffectiveDeliveryPolicy", false, read_effective_policy, nullptr},
    {"FifoThroughputScope", fifo_only, read_annotation, write_throughput_scope},
    {"FifoTopic", fifo_only, read_fifo, nullptr},
    {"FirehoseFailureFeedbackRoleArn", false, read_annotation, write_role},
    {"FirehoseSuccessFeedbackRoleArn", false, read_annotation, write_role},
    {"FirehoseSuccessFeedbackSampleRate", false, read_annotation, write_sample_rate},
    {"HTTPFailureFeedbackRoleArn", false, read_annotation, write_role},
    {"HTTPSuccessFeedbackRoleArn", false, read_annotation, write_role},
    {"HTTPSuccessFeedbackSampleRate", false, read_annotation, write_sample_rate},
    {"KmsMasterKeyId", false, read_annotation, keep},  // keys belong to a key service and are not looked up
    {"LambdaFailureFeedbackRoleArn", false, read_annotation, write_role},
    {"LambdaSuccessFeedbackRoleArn", false, read_annotation, write_role},
    {"LambdaSuccessFeedbackSampleRate", false, read_annotation, write_sample_rate},
    {"Owner", false, read_owner, nullptr},
    {"Policy", false, read_policy_text, write_policy},
    {"SQSFailureFeedbackRoleArn", false, read_annotation, write_role},
    {"SQSSuccessFeedbackRoleArn", false, read_annotation, write_role},
    {"SQSSuccessFeedbackSampleRate", false, read_annotation, write_sample_rate},
    {"SignatureVersion", false, read_annotation, write_signature_version},
    {"SubscriptionsConfirmed", false, read_count<&Counts::confirmed>, nullptr},
    {"SubscriptionsDeleted", false, read_count<&Counts::deleted>, nullptr},
    {"SubscriptionsPending", false, read_count<&Counts::pending>, nullptr},
    {"TopicArn", false, read_arn_text, nullptr},
    {"TracingConfig", false, read_annotation, write_tracing},
}};

const Row* find_row(std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &Row::name);
  return at != table.end() && at->name == name ? &*at : nullptr;
}

Outcome<void> write(std::string_view name, const std::string& value, TopicChange& change, Setting setting) {
  const Row* const row = find_row(name);
  if (row == nullptr || row->write == nullptr) return refuse(attribute_failure(setting, "AttributeName"));
  if (row->fifo_only && !change.config.fifo) {
    return refuse(attribute_failure(setting, fmt::format("{} can only be set for FIFO topics", name)));
  }
  if (auto wrong = row->write(*row, value, change)) return refuse(attribute_failure(setting, *wrong));
  return {};
}

}  // namespace

Failure attribute_failure(Setting setting, std::string_view what) {
  return invalid_text(
      fmt::format("Invalid parameter: {}{}", setting == Setting::at_creation ? "Attributes Reason: " : "", what));
}

const std::string* find_given(const Given& given, std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [each, value] : given) {
    if (each == name) found = &value;
  }
  return found;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (http::equal_ignoring_case(text, "true")) return true;
  if (http::equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

const std::string& annotation(const std::map<std::string, std::string>& annotations, std::string_view name) {
  static const std::string none;
  const auto at = annotations.find(std::string(name));
  return at == annotations.end() ? none : at->second;
}

void annotate(std::map<std::string, std::string>& annotations, std::string_view name, std::string value) {
  if (value.empty()) {
    annotations.erase(std::string(name));
  } else {
    annotations.insert_or_assign(std::string(name), std::move(value));
  }
}

Outcome<bool> asks_for_fifo(const Given& given) {
  const std::string* const value = find_given(given, fifo_attribute);
  if (value == nullptr) return false;
  const auto flag = parse_flag(*value);
  if (!flag) return refuse(attribute_failure(Setting::at_creation, not_a_flag(fifo_attribute, *value)));
  return *flag;
}

Outcome<void> apply_attributes(const Given& given, TopicChange change) {
  for (const auto& [name, value] : given) {
    if (name == fifo_attribute) continue;
    if (auto ok = write(name, value, change, Setting::at_creation); !ok) return ok;
  }
  return {};
}

Outcome<void> set_attribute(std::string_view name, const std::string& value, TopicChange change) {
  return write(name, value, change, Setting::alone);
}

Outcome<bool> agrees(const Given& given, const Limits& limits, const TopicConfig& config) {
  TopicConfig wanted = config;
  if (auto ok = apply_attributes(given, {limits, wanted}); !ok) return refuse(std::move(ok.error()));
  return wanted == config;
}

codec::Map<std::string> read_attributes(const TopicFacts& facts) {
  codec::Map<std::string> result;
  for (const auto& row : table) {
    if (row.fifo_only && !facts.config.fifo) continue;
    if (auto value = row.read(row, facts)) result.emplace_back(row.name, std::move(*value));
  }
  return result;
}

std::string policy_of(const TopicName& name, const TopicConfig& config) {
  if (const auto& own = annotation(config.annotations, policy_attribute); !own.empty()) return own;
  return fmt::format(
      R"({{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{{"Sid":"__default_statement_ID",)"
      R"("Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes",)"
      R"("SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe",)"
      R"("SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"{}",)"
      R"("Condition":{{"StringEquals":{{"AWS:SourceOwner":"{}"}}}}}}]}})",
      name.arn(), name.account);
}

}  // namespace millrace::aws::sns
