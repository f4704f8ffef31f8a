#include "aws/sns/deliver/recipient.h"

#include <algorithm>

#include "aws/sns/subscription_attributes.h"
#include "aws/sns/topic_attributes.h"
#include "codec/text.h"

namespace millrace::aws::sns::deliver {

std::optional<OwnKey> parse_own_key(std::string_view key) {
  const auto mark = key.find('#');
  if (mark == std::string_view::npos || !parse_key(key.substr(0, mark))) return std::nullopt;
  OwnKey own{.topic = key.substr(0, mark)};
  std::string id;
  if (!codec::hex_decode(key.substr(mark + 1), id) || id.size() != own.subscription.size()) return std::nullopt;
  std::ranges::copy(id, own.subscription.begin());
  return own;
}

const RetryPolicy& retries_of(SubscriptionProtocol protocol) {
  switch (protocol) {
    case SubscriptionProtocol::email:
    case SubscriptionProtocol::email_json:
    case SubscriptionProtocol::sms:
    case SubscriptionProtocol::application: return people_retries;
    default: return managed_retries;
  }
}

std::string text_name(const Recipient& recipient) {
  if (recipient.protocol == SubscriptionProtocol::application) {
    if (const auto endpoint = parse_endpoint_arn(recipient.endpoint)) return endpoint->application.platform;
  }
  return std::string(name_of(recipient.protocol));
}

std::optional<Recipient> recipient_of(const broker::Topic& topic, const broker::SubscriptionId& id) {
  const auto subscription = topic.find(id);
  const auto name = parse_key(topic.key());
  if (!subscription || !subscription->confirmed || !name) return std::nullopt;
  const auto& of_topic = topic.config().annotations;
  const auto protocol = protocol_of(*subscription);
  Recipient recipient{.protocol = protocol,
                      .endpoint = endpoint_of(*subscription),
                      .raw = subscription->raw,
                      .dead_letter = subscription->dead_letter,
                      .display_name = annotation(of_topic, display_name_attribute),
                      .region = name->region,
                      .account = name->account,
                      .retries = retries_of(protocol)};
  if (is_http(protocol)) {
    auto policy = effective_policy(annotation(of_topic, delivery_policy_attribute),
                                   annotation(subscription->annotations, subscription_policy_annotation));
    recipient.retries = policy.retries;
    recipient.receives_per_second = policy.receives_per_second;
    recipient.content_type = std::move(policy.content_type);
  }
  return recipient;
}

}  // namespace millrace::aws::sns::deliver
