// Direct publication: a message for one phone number or one platform endpoint, without a topic. It waits in a queue of the
// account, one for text messages and one for devices, which a Drain takes to the same channels as subscriptions' messages.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

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
// Whom a message of such a queue is for.
std::optional<Recipient> direct_recipient(std::string_view key, const broker::Message& message);

}  // namespace millrace::aws::sns::deliver
