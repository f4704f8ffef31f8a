// ConfirmationSender: asks an endpoint whether it wants a subscription, or tells it that it has none any more; and asks who
// holds a phone.
//
// Called on the lane of the subscription's topic (of the account), once what it tells of is durable. It may lose what it was
// given: who waits for a confirmation subscribes again.
#pragma once
#include <cstdint>
#include <string>

#include "aws/sns/names.h"
#include "broker/topic/subscription.h"
#include "engine/lane.h"

namespace millrace::aws::sns {

enum class ConfirmationKind : std::uint8_t {
  subscription,  // SubscriptionConfirmation: the token confirms
  unsubscribe,   // UnsubscribeConfirmation: the token brings the subscription back
};

struct Confirmation {
  ConfirmationKind kind;
  TopicName topic;
  broker::Subscription subscription;
  std::string token;     // as clients send it
  std::string base_url;  // where the call came that is the reason: "http://localhost:4566"
};

struct PhoneCode {
  std::string region;
  std::string account;
  std::string phone;
  std::string code;
  std::string language;  // "en-US"
};

class ConfirmationSender {
 public:
  virtual ~ConfirmationSender() = default;
  virtual void send(engine::Lane& lane, Confirmation confirmation) = 0;
  // On the lane of an account: the code that shows that a phone number of its sandbox is one's own.
  virtual void send_code(engine::Lane& lane, PhoneCode code) = 0;
};

}  // namespace millrace::aws::sns
