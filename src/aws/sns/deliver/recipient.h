// Recipient: everything about a subscription (or about who is published to directly) that a delivery goes by.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/sns/delivery_policy.h"
#include "aws/sns/names.h"
#include "aws/sns/target.h"
#include "broker/topic/topic.h"

namespace millrace::aws::sns::deliver {

struct Recipient {
  SubscriptionProtocol protocol{};
  std::string endpoint;
  bool raw = false;
  std::string dead_letter;   // key of a queue; empty: none
  std::string display_name;  // of the topic
  std::string region;        // whose account pays: settings of text messages, platform applications
  std::string account;
  RetryPolicy retries;
  std::optional<std::int64_t> receives_per_second;
  std::string content_type;  // of HTTP requests
};

// What a key "TOPIC#SUBSCRIPTION" (Topic::own_target) names; nothing for any other.
struct OwnKey {
  std::string_view topic;
  broker::SubscriptionId subscription{};
};
std::optional<OwnKey> parse_own_key(std::string_view key);

// Of a subscription that is confirmed; nothing for any other.
std::optional<Recipient> recipient_of(const broker::Topic& topic, const broker::SubscriptionId& id);

// What the text for it is called in a structured message: its protocol, or of a device the platform.
std::string text_name(const Recipient& recipient);

// The retries of protocols whose policies nobody chooses.
const RetryPolicy& retries_of(SubscriptionProtocol protocol);

}  // namespace millrace::aws::sns::deliver
