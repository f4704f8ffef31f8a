// ApplicationEvents: tells the topics that a platform application names (EventEndpointCreated and its like) what happens to
// the application's endpoints. What is told may be lost when the server stops in the same moment.
//
// Made once; used on every core.
#pragma once
#include <cstdint>
#include <string>

#include "aws/sns/account.h"
#include "aws/sns/names.h"
#include "aws/sns/signer.h"
#include "engine/engine.h"

namespace millrace::aws::sns {

struct EndpointEvent {
  enum class Kind : std::uint8_t { created, updated, deleted, delivery_failure };
  Kind kind{};
  EndpointName endpoint;
  // Of a failure.
  std::string failure_type = {};  // "EndpointDisabled"
  std::string failure_message = {};
  broker::MessageId message_id{};
  std::uint32_t attempts = 0;
};
// The notification, in JSON.
std::string render_event(const EndpointEvent& event, Time time);

class ApplicationEvents {
 public:
  // Both outlive it. Nothing may post to the cores any more when it is destroyed.
  ApplicationEvents(engine::Engine& engine, Signer& signer) : engine_(engine), signer_(signer) {}

  // On the account's lane, in the turn of what happened: publishes once that is durable, if the application wants it.
  void tell(const Account& account, const EndpointEvent& event);

 private:
  void publish(env::Core& core, TopicName topic, std::string subject, std::string text);

  engine::Engine& engine_;
  Signer& signer_;
};

}  // namespace millrace::aws::sns
