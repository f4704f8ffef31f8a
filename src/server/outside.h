// OutsideWorld: owns what calls other servers, made of the configuration.
//
// Costs nothing until the first call: no thread, no library, no connection. Made before the engine and destroyed after the
// cores have stopped, before the machine is.
#pragma once
#include <memory>
#include <optional>

#include "base/result.h"
#include "delivery/curl_http_client.h"
#include "delivery/curl_loop.h"
#include "delivery/curl_mailer.h"
#include "delivery/outside.h"
#include "env/core.h"
#include "env/net.h"
#include "server/config.h"

namespace millrace::server {

class OutsideWorld {
 public:
  // What belongs to one core belongs to `core`. Fails when a file that the configuration names cannot be read.
  static Result<std::unique_ptr<OutsideWorld>> make(const Config& config, env::Core& core, env::Net& net);

  delivery::Outside outside();
  // Fails what is under way, at home, and what comes later.
  void stop() { loop_.stop(); }

 private:
  OutsideWorld(const Config& config, delivery::AddressRules rules, delivery::LambdaEndpoint lambda, env::Core& core);

  delivery::CurlLoop loop_;
  delivery::CurlHttpClient http_;
  delivery::PushService push_;
  delivery::Lambda lambda_;
  std::optional<delivery::CurlMailer> mailer_;
  std::unique_ptr<delivery::SmsGateway> sms_;
  delivery::MicroUsd sms_price_;
};

}  // namespace millrace::server
