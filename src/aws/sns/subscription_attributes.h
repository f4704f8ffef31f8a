// Subscription attributes: one table of all of them, which subscribing, setting and getting walk.
//
// What the broker goes by lives in broker::Subscription; what only this service understands is kept in its annotations.
#pragma once
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sns/limits.h"
#include "aws/sns/names.h"
#include "aws/sns/target.h"
#include "aws/sns/topic_attributes.h"
#include "broker/topic/subscription.h"
#include "broker/topic/topic.h"
#include "codec/field.h"

namespace millrace::aws::sns {

// What the attributes of a subscription are read from.
struct SubscriptionFacts {
  const SubscriptionName& name;
  const broker::TopicConfig& topic;
  const broker::Subscription& subscription;
};

// Applies the attributes of Subscribe to a subscription whose endpoint and protocol are set, which is half changed after a
// failure.
Outcome<void> apply_attributes(const Given& given, const TopicName& topic, const Limits& limits,
                               broker::Subscription& subscription);
// SetSubscriptionAttributes.
Outcome<void> set_attribute(std::string_view name, const std::string& value, const TopicName& topic,
                            const Limits& limits, broker::Subscription& subscription);
codec::Map<std::string> read_attributes(const SubscriptionFacts& facts);
// Whether what the subscription asks for is there: an archive to replay from.
Outcome<void> check_replay(const broker::Subscription& subscription, const broker::TopicConfig& topic, Setting setting);

// Annotations that others read too.
inline constexpr std::string_view subscription_policy_annotation = "DeliveryPolicy";
inline constexpr std::string_view role_annotation = "SubscriptionRoleArn";
inline constexpr std::string_view replay_annotation = "ReplayPolicy";
// "true": only a caller with credentials may end it.
inline constexpr std::string_view authenticate_annotation = "AuthenticateOnUnsubscribe";
// "true" or "false" where it is not what the protocol has.
inline constexpr std::string_view authenticated_annotation = "ConfirmationWasAuthenticated";

}  // namespace millrace::aws::sns
