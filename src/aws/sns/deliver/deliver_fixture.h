// A fixture for deliveries: topics on the simulated machine, a worker over them, and web servers by script.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/sns/deliver/http_channel.h"
#include "aws/sns/deliver/worker.h"
#include "aws/sns/stored.h"
#include "aws/sns/subscription_attributes.h"
#include "broker/topic/topic_fixture.h"
#include "delivery/fake_http_client.h"

namespace millrace::aws::sns::deliver {

class DeliverTest : public broker::TopicTest {
 protected:
  DeliverTest() : TopicTest(2) { begin(); }

  static constexpr auto topic_key = "sns/us-east-1/000000000000/t";
  static constexpr auto topic_arn = "arn:aws:sns:us-east-1:000000000000:t";
  static constexpr auto url = "http://example.com/hook";

  // The server's part that is made anew at each start.
  void begin() {
    signer = std::make_unique<Signer>(*engine, "http://localhost:4566");
    outlets = std::make_unique<Outlets>(*signer);
    for (const auto protocol : {SubscriptionProtocol::http, SubscriptionProtocol::https})
      outlets->set(protocol, channel);
    set_channels();
    worker = std::make_unique<Worker>(*engine, *outlets);
    signer->start();
    worker->start();
    pass(std::chrono::milliseconds(1));
  }
  virtual void set_channels() {}
  void end() {
    worker.reset();
    http.calls.clear();
  }
  void crash() {
    end();
    crash_and_restart();
    begin();
  }

  broker::Subscription to(SubscriptionProtocol protocol, const std::string& endpoint) {
    broker::Subscription given{
        .id = id_of(endpoint), .protocol = static_cast<std::uint8_t>(protocol), .confirmed = true};
    given.created = world.now();
    given.target = broker::Topic::own_target(topic_key, given.id);
    given.endpoint = endpoint;
    return given;
  }
  broker::Subscription to_url(const std::string& endpoint = url) { return to(SubscriptionProtocol::http, endpoint); }
  void put(const broker::Subscription& given) {
    subscribe(topic_key, given);
    worker->watch(lane_of(topic_key), given.target);
    pass(std::chrono::milliseconds(1));
  }

  struct Extra {
    std::string subject;
    bool structured = false;
    AttributeViews attributes;
  };
  broker::MessageId publish_message(const std::string& text, const Extra& extra) {
    broker::FilterEvent event;
    const auto properties = encode_publication({.topic_arn = topic_arn,
                                                .subject = extra.subject,
                                                .structured = extra.structured,
                                                .attributes = extra.attributes});
    broker::NewPublication publication{.event = &event};
    publication.message.encoding = broker::Encoding::sns;
    const auto number = ++published_;
    std::memcpy(publication.message.id.data(), &number, sizeof number);
    publication.message.properties = properties;
    publication.message.body = text;
    EXPECT_TRUE(topic(topic_key).publish(publication).has_value());
    durable(lane_of(topic_key));
    return publication.message.id;
  }

  broker::MessageId publish_message(const std::string& text) { return publish_message(text, Extra()); }

  // Until somebody has called.
  delivery::FakeHttpClient::Pending& call() {
    until([&] { return !http.calls.empty(); });
    return http.calls.front();
  }
  void answer(int status, std::string body = "") {
    call();
    http.answer(status, std::move(body));
    pass(std::chrono::milliseconds(2));
  }
  // How long until the next call, to the tenth of a second.
  Duration next_call(Duration patience_for = std::chrono::hours(2)) {
    const Time from = world.now();
    while (http.calls.empty() && world.now() < from + patience_for) world.run_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(http.calls.empty()) << "nobody has called";
    return std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(world.now() - from);
  }
  std::uint64_t left(const broker::Subscription& given) {
    const auto counts = queue(given.target).counts();
    return counts.ready + counts.in_flight + counts.delayed;
  }
  std::uint64_t total(metrics::Metric metric) {
    const auto* series = lane_of(topic_key).metrics().find(metrics::Kind::topic, topic_key);
    return series != nullptr ? series->total(metric).sum : 0;
  }

  delivery::FakeHttpClient http;
  HttpChannel channel{http};
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Outlets> outlets;
  std::unique_ptr<Worker> worker;

 private:
  std::uint64_t published_ = 0;
};

}  // namespace millrace::aws::sns::deliver
