// Where a subscription delivers: protocols, what their endpoints look like, and the partition that receives.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sns/names.h"
#include "broker/topic/subscription.h"

namespace millrace::aws::sns {

// Stored: numbers are never reused.
enum class SubscriptionProtocol : std::uint8_t {
  sqs = 1,
  http = 2,
  https = 3,
  lambda = 4,
  firehose = 5,
  email = 6,
  email_json = 7,
  sms = 8,
  application = 9,
};

std::optional<SubscriptionProtocol> parse_protocol(std::string_view name);
// "email-json"; of a number that is none of ours: empty.
std::string_view name_of(SubscriptionProtocol protocol);
inline SubscriptionProtocol protocol_of(const broker::Subscription& subscription) {
  return static_cast<SubscriptionProtocol>(subscription.protocol);
}

// Whether its subscribers may have the message without the envelope.
bool offers_raw(SubscriptionProtocol protocol);
// Whether delivery policies are for it.
bool is_http(SubscriptionProtocol protocol);

// The endpoint of a new subscription: whether it has the form of its protocol and fits the topic.
Outcome<void> check_endpoint(SubscriptionProtocol protocol, const std::string& endpoint, const TopicName& topic);
// Whether the endpoint has to say that it wants the subscription before it gets anything.
bool must_confirm(SubscriptionProtocol protocol, const std::string& endpoint, const Caller& caller);

// Fills target and endpoint. That of a queue is derived from its key.
void set_target(broker::Subscription& subscription, const std::string& endpoint, const TopicName& topic);
std::string endpoint_of(const broker::Subscription& subscription);
// What Topic::find goes by.
std::string find_key(SubscriptionProtocol protocol, const std::string& endpoint);

// E.164, also with separators between the digits: "+15551234567", "+1 555-123.4567".
bool is_phone_number(std::string_view text);
bool is_strict_phone_number(std::string_view text);
// "+15551234567" of either.
std::string plain_phone_number(std::string_view text);

}  // namespace millrace::aws::sns
