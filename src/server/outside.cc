#include "server/outside.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "server/senders.h"
#include "server/text_file.h"

namespace millrace::server {
namespace {

Result<delivery::SmtpRelay> smtp_relay(const Config& config) {
  delivery::SmtpRelay relay{
      .url = config.smtp_url,
      .user = config.smtp_user,
      .starttls = config.smtp_starttls.value_or(config.smtp_user.empty() ? delivery::SmtpRelay::StartTls::optional
                                                                         : delivery::SmtpRelay::StartTls::required),
      .from = config.mail_from,
      .ca_file = config.delivery_ca_file};
  if (!config.smtp_password_file.empty()) {
    auto password = read_secret("smtp_password_file", config.smtp_password_file);
    if (!password) return pass(password);
    relay.password = std::move(*password);
  }
  return relay;
}

}  // namespace

OutsideWorld::OutsideWorld(const Config& config, delivery::AddressRules rules, delivery::LambdaEndpoint lambda,
                           env::Core& core)
    : loop_({.limits = {.under_way_max = config.delivery_connections_max}}),
      http_(loop_, {.ca_file = config.delivery_ca_file, .rules = std::move(rules)}),
      push_(core, http_, push_urls(config)),
      lambda_(http_, std::move(lambda)),
      sms_price_(config.sms_price) {}

Result<std::unique_ptr<OutsideWorld>> OutsideWorld::make(const Config& config, env::Core& core, env::Net& net) {
  if (!config.delivery_ca_file.empty()) {
    // Read again by whoever connects; here to say at once that it cannot be.
    const auto pem = read_text_file(fmt::format("delivery_ca_file = \"{}\"", config.delivery_ca_file),
                                    config.delivery_ca_file, "the path of a PEM file");
    if (!pem) return fail(pem.error().code, pem.error().message);
  }
  auto rules = delivery::AddressRules::parse(config.delivery_deny, config.delivery_allow);
  if (!rules) return pass(rules);
  auto lambda = lambda_endpoint(config);
  if (!lambda) return pass(lambda);
  std::unique_ptr<OutsideWorld> world(new OutsideWorld(config, std::move(*rules), std::move(*lambda), core));
  if (!config.smtp_url.empty()) {
    auto relay = smtp_relay(config);
    if (!relay) return pass(relay);
    world->mailer_.emplace(world->loop_, std::move(*relay));
  }
  auto sms = make_sms_gateway(config, core, net, world->http_);
  if (!sms) return pass(sms);
  world->sms_ = std::move(*sms);
  return world;
}

delivery::Outside OutsideWorld::outside() {
  return {.http = http_,
          .push = push_,
          .lambda = lambda_,
          .mailer = mailer_ ? &*mailer_ : nullptr,
          .sms = sms_.get(),
          .sms_part_price = sms_price_};
}

}  // namespace millrace::server
