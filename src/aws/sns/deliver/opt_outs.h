// OptOuts: hears what phones send to the gateway, and keeps in the accounts which of them want no more messages.
//
// The numbers that messages come from belong to the gateway and not to one account, so whoever answers STOP means every
// account that writes to phones. The gateway is told that the message was kept once all of them have that on disk; until
// then it sends it again.
//
// Made once. start() and stop() belong to the gateway's core.
#pragma once
#include <string_view>

#include "delivery/sms.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

// Whether a text is one of the words by which the service lets people opt out.
bool is_opt_out(std::string_view text);

class OptOuts {
 public:
  // Both outlive it.
  OptOuts(engine::Engine& engine, delivery::SmsGateway& gateway) : engine_(engine), gateway_(gateway) {}

  void start();
  void stop() { gateway_.listen(nullptr); }

 private:
  void heard(delivery::SmsAnswer answer, Callback<void(bool)> kept);

  engine::Engine& engine_;
  delivery::SmsGateway& gateway_;
};

}  // namespace millrace::aws::sns::deliver
