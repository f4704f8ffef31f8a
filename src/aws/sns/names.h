// Names of topics, subscriptions, platform applications and their endpoints: the rules, and their ARNs.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/identity.h"
#include "aws/resource_name.h"
#include "broker/topic/subscription.h"

namespace millrace::aws::sns {

inline constexpr std::size_t name_max = 256;

struct TopicName {
  std::string region;
  std::string account;
  std::string name;

  bool fifo() const { return std::string_view(name).ends_with(fifo_suffix); }
  std::string key() const;  // in the broker: "sns/REGION/ACCOUNT/NAME"
  std::string arn() const;  // "arn:aws:sns:REGION:ACCOUNT:NAME"
  bool operator==(const TopicName&) const = default;
};

// The part of the keys that all topics of an account in a region share: "sns/REGION/ACCOUNT/".
std::string key_prefix(std::string_view region, std::string_view account);
// The inverse of key(); nothing for the key of something else.
std::optional<TopicName> parse_key(std::string_view key);
// 1 to 256 of letters, digits, hyphen and underscore, and ".fifo" after them.
bool is_topic_name(std::string_view name);

struct SubscriptionName {
  TopicName topic;
  broker::SubscriptionId id{};

  std::string arn() const;  // TOPIC-ARN:UUID
};

// "arn:aws:sns:REGION:ACCOUNT:app/PLATFORM/NAME"
struct ApplicationName {
  std::string region;
  std::string account;
  std::string platform;
  std::string name;

  std::string arn() const;
};

// "arn:aws:sns:REGION:ACCOUNT:endpoint/PLATFORM/NAME/UUID"
struct EndpointName {
  ApplicationName application;
  std::string id;

  std::string arn() const;
};
std::optional<EndpointName> parse_endpoint_arn(std::string_view arn);

// Any ARN, taken apart; nothing when there are fewer than six parts or the first is not "arn".
struct Arn {
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;  // with whatever colons it has
};
std::optional<Arn> parse_arn(std::string_view text);
// Says what is wrong with the form of an ARN given as `parameter`.
Outcome<Arn> read_arn(std::string_view text, std::string_view parameter);

// What a client gave: they must be well formed and of the caller's region. A caller without credentials has none, and is
// taken to mean the region that the ARN says.
Outcome<TopicName> resolve_topic(std::string_view arn, const Caller& caller, std::string_view parameter = "TopicArn");
Outcome<SubscriptionName> resolve_subscription(std::string_view arn, const Caller& caller);
Outcome<ApplicationName> resolve_application(std::string_view arn, const Caller& caller);
Outcome<EndpointName> resolve_endpoint(std::string_view arn, const Caller& caller);

// The key of the table of an account in a region, which is beside its topics: "sns-account/REGION/ACCOUNT".
std::string account_key(std::string_view region, std::string_view account);
inline constexpr std::string_view account_key_start = "sns-account/";

}  // namespace millrace::aws::sns
