// PushChannel: notifications to applications on devices. Endpoint and application are the account's (Account), on its lane;
// an endpoint whose device token is dead is disabled there, one that has another token gets it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aws/sns/account.h"
#include "aws/sns/application_events.h"
#include "aws/sns/deliver/channel.h"
#include "delivery/push_service.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

// What a device of this platform gets: the platform's own text of a structured message, or one that shows the text.
std::string push_payload(delivery::PushPlatform platform, const Outgoing& what);

class PushChannel final : public Channel {
 public:
  // All outlive this.
  PushChannel(engine::Engine& engine, delivery::PushService& push, ApplicationEvents& events)
      : engine_(engine), push_(push), events_(events) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient&) const override { return false; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;
  // Failures are told to the topic that the application names.
  void ended(engine::Lane& lane, const Ended& ended) override;

 private:
  struct Found {
    std::shared_ptr<const delivery::PushApplication> application;
    std::string device_token;
  };
  // On the account's lane: application and token, or why there is nothing to be sent.
  static std::expected<Found, Outcome> find(engine::Lane& lane, const std::string& key, const EndpointName& endpoint,
                                            delivery::PushPlatform platform);
  void learn(env::Core& core, const EndpointName& endpoint, const std::string& used_token, const Outcome& outcome);

  engine::Engine& engine_;
  delivery::PushService& push_;
  ApplicationEvents& events_;
};

}  // namespace millrace::aws::sns::deliver
