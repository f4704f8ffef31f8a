// A fixture for channels: a topic and its account on the simulated machine, deliveries over them, and fakes outside.
#pragma once
#include <string>
#include <vector>

#include "aws/sns/application_attributes.h"
#include "aws/sns/deliver/deliveries.h"
#include "aws/sns/deliver/publish_fixture.h"
#include "delivery/fake_http_client.h"

namespace millrace::aws::sns::deliver {

using metrics::Metric;
using std::chrono::seconds;

struct FakeMailer final : delivery::Mailer {
  void send(env::Core& home, delivery::Mail mail, Callback<void(Outcome)> done) override {
    mails.push_back(std::move(mail));
    home.post([this, done = std::move(done)]() mutable { done(answer); });
  }
  std::vector<delivery::Mail> mails;
  Outcome answer{.kind = Outcome::Kind::delivered};
};

struct FakeGateway final : delivery::SmsGateway {
  void send(env::Core& home, delivery::Sms sms, Callback<void(Outcome)> done) override {
    messages.push_back(std::move(sms));
    home.post([this, done = std::move(done)]() mutable { done(answer); });
  }
  void listen(delivery::SmsListener given) override { listener = std::move(given); }
  std::vector<delivery::Sms> messages;
  delivery::SmsListener listener;
  Outcome answer{.kind = Outcome::Kind::delivered};
};

class Channels : public PublishTest {
 protected:
  static constexpr auto endpoint_arn =
      "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/12345678-1234-4234-8234-123456789012";
  static constexpr auto account = "sns-account/us-east-1/000000000000";

  // `price`: of each part of a text message.
  explicit Channels(delivery::MicroUsd price = {}) : sms_price(price) {
    make_topic(topic_key);
    deliveries.start();
    pass(seconds(1));
  }

  broker::Subscription add(SubscriptionProtocol protocol, const std::string& endpoint, bool raw = false) {
    auto given = to(protocol, endpoint, raw);
    subscribe(topic_key, given);
    deliveries.worker().watch(lane_of(topic_key), given.target);
    return given;
  }
  // And what follows from it has happened.
  void publish_message(const std::string& text, const Extra& extra = {}) {
    PublishTest::publish_message(text, extra);
    pass(seconds(1));
  }

  template <class Act>
  void at_account(Act act) {
    const std::string key = account;
    Account there(lane_of(key), key);
    act(there);
    durable(lane_of(key));
  }
  EndpointName endpoint() { return *parse_endpoint_arn(endpoint_arn); }
  void make_endpoint() {
    at_account([&](Account& there) {
      ASSERT_TRUE(
          there.put_application(endpoint().application, {{"PlatformCredential", "no key"}, {"Enabled", "true"}}));
      ASSERT_TRUE(there.put_endpoint(endpoint(), {{"Token", "t1"}, {"Enabled", "true"}}));
    });
  }

  const delivery::MicroUsd sms_price;
  delivery::FakeHttpClient http;
  delivery::PushService push{world.core(0), http, {}};
  delivery::Lambda lambda{http, {.url = "http://lambda.local", .credentials = {}}};
  FakeMailer mailer;
  FakeGateway gateway;
  Signer signer{*engine, "http://localhost:4566"};
  delivery::Outside outside{
      .http = http, .push = push, .lambda = lambda, .mailer = &mailer, .sms = &gateway, .sms_part_price = sms_price};
  Limits limits = relaxed_limits;
  ApplicationEvents events{*engine, signer};
  Deliveries deliveries{*engine, limits, signer, events, outside};
};

}  // namespace millrace::aws::sns::deliver
