// A fixture for channels: a topic and its account on the simulated machine, deliveries over them, and fakes outside.
#pragma once
#include <string>
#include <vector>

#include "aws/sns/application_attributes.h"
#include "aws/sns/deliver/deliveries.h"
#include "aws/sns/stored.h"
#include "broker/topic/topic_fixture.h"
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

class Channels : public broker::TopicTest {
 protected:
  static constexpr auto topic_key = "sns/us-east-1/000000000000/t";
  static constexpr auto topic_arn = "arn:aws:sns:us-east-1:000000000000:t";
  static constexpr auto endpoint_arn =
      "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/12345678-1234-4234-8234-123456789012";
  static constexpr auto account = "sns-account/us-east-1/000000000000";

  // `price`: of each part of a text message.
  explicit Channels(delivery::MicroUsd price = {}) : TopicTest(2), sms_price(price) {
    make_topic(topic_key);
    deliveries.start();
    pass(seconds(1));
  }

  broker::Subscription add(SubscriptionProtocol protocol, const std::string& endpoint, bool raw = false) {
    broker::Subscription given{
        .id = id_of(endpoint), .protocol = static_cast<std::uint8_t>(protocol), .confirmed = true, .raw = raw};
    given.created = world.now();
    given.target = broker::Topic::own_target(topic_key, given.id);
    given.endpoint = endpoint;
    subscribe(topic_key, given);
    deliveries.worker().watch(lane_of(topic_key), given.target);
    return given;
  }
  struct Extra {
    std::string subject;
    bool structured = false;
    AttributeViews attributes;
  };
  void publish_message(const std::string& text, const Extra& extra) {
    broker::FilterEvent event;
    const auto properties = encode_publication({.topic_arn = topic_arn,
                                                .subject = extra.subject,
                                                .structured = extra.structured,
                                                .attributes = extra.attributes});
    broker::NewPublication publication{.event = &event};
    publication.message.encoding = broker::Encoding::sns;
    publication.message.properties = properties;
    publication.message.body = text;
    ASSERT_TRUE(topic(topic_key).publish(publication).has_value());
    pass(seconds(1));
  }
  void publish_message(const std::string& text) { publish_message(text, Extra()); }

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
  std::uint64_t total(Metric metric) {
    const auto* series = lane_of(topic_key).metrics().find(metrics::Kind::topic, topic_key);
    return series != nullptr ? series->total(metric).sum : 0;
  }
  std::uint64_t left(const std::string& key) {
    const auto counts = queue(key).counts();
    return counts.ready + counts.in_flight + counts.delayed;
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
