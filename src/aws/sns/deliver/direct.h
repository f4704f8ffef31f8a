// Direct publication: a message for one phone number or one platform endpoint, without a topic. It waits in a queue of the
// account, one for text messages and one for devices, which a Drain takes to the same channels as subscriptions' messages.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/message_attribute.h"
#include "aws/sns/deliver/recipient.h"
#include "base/result.h"
#include "broker/message.h"
#include "engine/lane.h"

namespace millrace::aws::sns::deliver {

// The part of keys that all direct queues share.
inline constexpr std::string_view direct_prefix = "sns-direct/";

// "sns-direct/REGION/ACCOUNT#SMS" or "#PUSH". `protocol` is sms or application.
std::string direct_key(std::string_view region, std::string_view account, SubscriptionProtocol protocol);
// Of such a key.
std::optional<SubscriptionProtocol> direct_protocol(std::string_view key);
// What is published. Views, valid during the call.
struct DirectPublication {
  std::string_view region;
  std::string_view account;
  SubscriptionProtocol protocol{};  // sms or application
  std::string_view address;         // the phone number, the endpoint's ARN
  broker::MessageId id{};
  std::string_view text;
  std::string_view subject;
  bool structured = false;
  AttributeViews attributes;
};
// On the lane of its direct_key(): keeps the message until it has been delivered, or given up. The caller answers once that
// is durable, and has the queue drained (Worker::watch). disk_full or unavailable when the lane takes nothing new.
Result<void> publish_directly(engine::Lane& lane, const DirectPublication& publication);

// Whom a message of such a queue is for.
std::optional<Recipient> direct_recipient(std::string_view key, const broker::Message& message);

}  // namespace millrace::aws::sns::deliver
