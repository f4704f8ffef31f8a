#include "aws/sns/subscription_attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/sns/delivery_policy.h"
#include "aws/sns/errors.h"
#include "aws/sqs/names.h"
#include "broker/topic/filter_policy.h"
#include "codec/json_value.h"
#include "codec/timestamp.h"

namespace millrace::aws::sns {
namespace {

using broker::Subscription;
using codec::JsonValue;
using Text = std::optional<std::string>;
// What is wrong with a value, without the words that every failure begins with; nothing: it was taken.
using Wrong = std::optional<std::string>;

struct Context {
  const TopicName& topic;
  const Limits& limits;
};

struct Row {
  std::string_view name;
  // The value as text; nothing when the subscription has none.
  Text (*read)(const Row&, const SubscriptionFacts&) = nullptr;
  // Null: read only.
  Wrong (*write)(const Row&, const std::string& value, const Context&, Subscription&) = nullptr;
};

std::string flag_text(bool flag) { return flag ? "true" : "false"; }

Text read_annotation(const Row& row, const SubscriptionFacts& facts) {
  const auto& value = annotation(facts.subscription.annotations, row.name);
  return value.empty() ? Text() : value;
}

// ---- Readers and writers, as the table's rows use them ----

Text read_raw(const Row&, const SubscriptionFacts& facts) { return flag_text(facts.subscription.raw); }
Wrong write_raw(const Row& row, const std::string& value, const Context&, Subscription& subscription) {
  const auto flag = parse_flag(value);
  if (!flag) return fmt::format("{}: Invalid value [{}]. Must be true or false.", row.name, value);
  const auto protocol = protocol_of(subscription);
  if (*flag && !offers_raw(protocol)) {
    return fmt::format("Delivery protocol [{}] does not support raw message delivery.", name_of(protocol));
  }
  subscription.raw = *flag;
  return {};
}

Text read_filter(const Row&, const SubscriptionFacts& facts) {
  const auto& filter = facts.subscription.filter;
  return filter.empty() ? Text() : filter;
}
// Checked when the scope is known, too: check_filter.
Wrong write_filter(const Row&, const std::string& value, const Context&, Subscription& subscription) {
  subscription.filter = value;
  return {};
}

constexpr std::string_view scope_attributes = "MessageAttributes";
constexpr std::string_view scope_body = "MessageBody";
Text read_scope(const Row&, const SubscriptionFacts& facts) {
  if (facts.subscription.filter.empty()) return std::nullopt;
  return std::string(facts.subscription.filter_scope == broker::FilterScope::body ? scope_body : scope_attributes);
}
Wrong write_scope(const Row& row, const std::string& value, const Context&, Subscription& subscription) {
  if (value != scope_attributes && value != scope_body) {
    return fmt::format("{}: Invalid value [{}]. Please use either MessageBody or MessageAttributes", row.name, value);
  }
  subscription.filter_scope = value == scope_body ? broker::FilterScope::body : broker::FilterScope::attributes;
  return {};
}

// A policy without conditions is none.
Wrong check_filter(Subscription& subscription, const Limits& limits) {
  if (subscription.filter.empty()) return {};
  const broker::FilterLimits filter_limits{.keys_max = limits.filter_keys_max,
                                           .combinations_max = limits.filter_combinations_max};
  const auto policy = broker::parse_filter_policy(subscription.filter, subscription.filter_scope, filter_limits);
  if (!policy) return policy.error().reason;
  if ((*policy)->matches_everything()) subscription.filter.clear();
  return {};
}

Wrong write_delivery_policy(const Row& row, const std::string& value, const Context&, Subscription& subscription) {
  std::string text;
  if (!value.empty()) {
    const auto protocol = protocol_of(subscription);
    if (!is_http(protocol)) {
      return fmt::format("Delivery protocol [{}] does not support delivery policies.", name_of(protocol));
    }
    const auto policy = parse_delivery_policy(value, PolicyOwner::subscription);
    if (!policy) return fmt::format("{}: {}", row.name, policy.error());
    if (value != "{}") text = render(*policy, PolicyOwner::subscription);
  }
  annotate(subscription.annotations, subscription_policy_annotation, std::move(text));
  return {};
}
Text read_effective_policy(const Row&, const SubscriptionFacts& facts) {
  if (!is_http(protocol_of(facts.subscription))) return std::nullopt;
  return effective_subscription_policy(annotation(facts.topic.annotations, delivery_policy_attribute),
                                       annotation(facts.subscription.annotations, subscription_policy_annotation));
}

Text read_redrive(const Row&, const SubscriptionFacts& facts) {
  const auto queue = sqs::parse_key(facts.subscription.dead_letter);
  if (!queue) return std::nullopt;
  return fmt::format("{{\"deadLetterTargetArn\":\"{}\"}}", queue->arn());
}
Wrong write_redrive(const Row& row, const std::string& value, const Context& context, Subscription& subscription) {
  subscription.dead_letter.clear();
  if (value.empty() || value == "{}") return {};
  const auto json = codec::parse_json(value);
  if (!json || json->object() == nullptr) return fmt::format("{}: failed to parse JSON.", row.name);
  const auto* const target = json->find("deadLetterTargetArn");
  if (target == nullptr || target->string() == nullptr) {
    return fmt::format("{}: deadLetterTargetArn must be specified", row.name);
  }
  if (json->object()->size() != 1) return fmt::format("{}: only deadLetterTargetArn is allowed", row.name);
  const auto queue = sqs::parse_arn(*target->string());
  if (!queue) return fmt::format("{}: deadLetterTargetArn is an invalid arn", row.name);
  if (queue->region != context.topic.region || queue->account != context.topic.account) {
    return fmt::format("{}: deadLetterTargetArn must be a queue in the account and region of the subscription",
                       row.name);
  }
  if (context.topic.fifo() && subscription.target.ends_with(fifo_suffix) && !queue->fifo()) {
    return fmt::format("{}: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.", row.name);
  }
  subscription.dead_letter = queue->key();
  return {};
}

Wrong write_role(const Row& row, const std::string& value, const Context&, Subscription& subscription) {
  const auto protocol = protocol_of(subscription);
  if (protocol != SubscriptionProtocol::firehose && !value.empty()) {
    return fmt::format("{}: it is for firehose subscriptions only", row.name);
  }
  const auto arn = parse_arn(value);
  const bool role = arn && arn->service == "iam" && is_account(arn->account) && arn->resource.starts_with("role/");
  if (!role) return fmt::format("{}: must be the ARN of a role", row.name);
  annotate(subscription.annotations, role_annotation, value);
  return {};
}

Wrong write_replay(const Row& row, const std::string& value, const Context& context, Subscription& subscription) {
  annotate(subscription.annotations, replay_annotation, {});
  subscription.replay.reset();
  if (value.empty() || value == "{}") return {};
  if (!context.topic.fifo()) return fmt::format("{}: only subscriptions to FIFO topics can replay", row.name);
  const auto json = codec::parse_json(value);
  if (!json || json->object() == nullptr) return fmt::format("{}: failed to parse JSON.", row.name);
  std::optional<Time> from;
  std::optional<Time> until;
  for (const auto& [name, member] : *json->object()) {
    const std::string* const text = member.string();
    if (name == "PointType") {
      if (text == nullptr || *text != "Timestamp") return fmt::format("{}: PointType must be Timestamp", row.name);
    } else if (name == "StartingPoint" || name == "EndingPoint") {
      const auto time = text == nullptr ? std::nullopt : codec::read_iso8601(*text);
      if (!time) return fmt::format("{}: {} must be a time", row.name, name);
      (name == "StartingPoint" ? from : until) = time;
    } else {
      return fmt::format("{}: Unexpected JSON member: {}", row.name, name);
    }
  }
  if (json->find("PointType") == nullptr) return fmt::format("{}: PointType must be specified", row.name);
  if (!from) return fmt::format("{}: StartingPoint must be specified", row.name);
  if (until && *until <= *from) return fmt::format("{}: EndingPoint must be after StartingPoint", row.name);
  annotate(subscription.annotations, replay_annotation, value);
  subscription.replay = broker::Replay{.from = *from, .until = until.value_or(Time::max())};
  return {};
}

Text read_replay_status(const Row&, const SubscriptionFacts& facts) {
  const auto& replay = facts.subscription.replay;
  if (!replay) return std::nullopt;
  switch (replay->status) {
    case broker::Replay::Status::completed: return "Completed";
    case broker::Replay::Status::failed: return "Failed";
    case broker::Replay::Status::going_on: break;
  }
  return replay->position == 0 ? "Pending" : "In progress";
}

Text read_confirmation(const Row& row, const SubscriptionFacts& facts) {
  if (auto kept = read_annotation(row, facts)) return kept;
  switch (protocol_of(facts.subscription)) {
    case SubscriptionProtocol::http:
    case SubscriptionProtocol::https:
    case SubscriptionProtocol::email:
    case SubscriptionProtocol::email_json: return "false";
    default: return flag_text(facts.subscription.confirmed);
  }
}
Text read_pending(const Row&, const SubscriptionFacts& facts) { return flag_text(!facts.subscription.confirmed); }
Text read_endpoint(const Row&, const SubscriptionFacts& facts) { return endpoint_of(facts.subscription); }
Text read_owner(const Row&, const SubscriptionFacts& facts) { return facts.subscription.owner; }
// Who of the account subscribed is not kept.
Text read_principal(const Row&, const SubscriptionFacts& facts) {
  return fmt::format("arn:aws:iam::{}:root", facts.subscription.owner);
}
Text read_protocol(const Row&, const SubscriptionFacts& facts) {
  return std::string(name_of(protocol_of(facts.subscription)));
}
Text read_subscription_arn(const Row&, const SubscriptionFacts& facts) { return facts.name.arn(); }
Text read_topic_arn(const Row&, const SubscriptionFacts& facts) { return facts.name.topic.arn(); }

// ---- The table ----

constexpr std::array<Row, 17> table{{
    {"ConfirmationWasAuthenticated", read_confirmation, nullptr},
    {"DeliveryPolicy", read_annotation, write_delivery_policy},
    {"EffectiveDeliveryPolicy", read_effective_policy, nullptr},
    {"Endpoint", read_endpoint, nullptr},
    {"FilterPolicy", read_filter, write_filter},
    {"FilterPolicyScope", read_scope, write_scope},
    {"Owner", read_owner, nullptr},
    {"PendingConfirmation", read_pending, nullptr},
    {"Protocol", read_protocol, nullptr},
    {"RawMessageDelivery", read_raw, write_raw},
    {"RedrivePolicy", read_redrive, write_redrive},
    {"ReplayPolicy", read_annotation, write_replay},
    {"ReplayStatus", read_replay_status, nullptr},
    {"SubscriptionArn", read_subscription_arn, nullptr},
    {"SubscriptionPrincipal", read_principal, nullptr},
    {"SubscriptionRoleArn", read_annotation, write_role},
    {"TopicArn", read_topic_arn, nullptr},
}};

Outcome<void> write(std::string_view name, const std::string& value, const Context& context, Subscription& subscription,
                    Setting setting) {
  const auto at = std::ranges::lower_bound(table, name, {}, &Row::name);
  if (at == table.end() || at->name != name || at->write == nullptr) {
    return refuse(attribute_failure(setting, "AttributeName"));
  }
  if (auto wrong = at->write(*at, value, context, subscription)) return refuse(attribute_failure(setting, *wrong));
  return {};
}

}  // namespace

Outcome<void> apply_attributes(const Given& given, const TopicName& topic, const Limits& limits,
                               Subscription& subscription) {
  const Context context{topic, limits};
  for (const auto& [name, value] : given) {
    if (auto ok = write(name, value, context, subscription, Setting::at_creation); !ok) return ok;
  }
  if (auto wrong = check_filter(subscription, limits)) return refuse(attribute_failure(Setting::at_creation, *wrong));
  if (protocol_of(subscription) == SubscriptionProtocol::firehose &&
      annotation(subscription.annotations, role_annotation).empty()) {
    return refuse(attribute_failure(Setting::at_creation, "SubscriptionRoleArn must be specified"));
  }
  return {};
}

Outcome<void> set_attribute(std::string_view name, const std::string& value, const TopicName& topic,
                            const Limits& limits, Subscription& subscription) {
  const Context context{topic, limits};
  if (auto ok = write(name, value, context, subscription, Setting::alone); !ok) return ok;
  if (auto wrong = check_filter(subscription, limits)) return refuse(attribute_failure(Setting::alone, *wrong));
  return {};
}

codec::Map<std::string> read_attributes(const SubscriptionFacts& facts) {
  codec::Map<std::string> result;
  for (const auto& row : table) {
    if (auto value = row.read(row, facts)) result.emplace_back(row.name, std::move(*value));
  }
  return result;
}

Outcome<void> check_replay(const Subscription& subscription, const broker::TopicConfig& topic, Setting setting) {
  if (!subscription.replaying() || topic.archive_days != 0) return {};
  return refuse(attribute_failure(setting, "ReplayPolicy: the topic has no ArchivePolicy"));
}

}  // namespace millrace::aws::sns
