// A fixture for deliveries: topics on the simulated machine, a worker over them, and web servers by script.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/sns/deliver/http_channel.h"
#include "aws/sns/deliver/publish_fixture.h"
#include "aws/sns/deliver/worker.h"
#include "delivery/fake_http_client.h"

namespace millrace::aws::sns::deliver {

class DeliverTest : public PublishTest {
 protected:
  DeliverTest() { begin(); }

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

  broker::Subscription to_url(const std::string& endpoint = url) { return to(SubscriptionProtocol::http, endpoint); }
  broker::Subscription with_policy(const std::string& json, const std::string& endpoint = url) {
    auto given = to_url(endpoint);
    given.annotations["DeliveryPolicy"] = json;
    return given;
  }
  void put(const broker::Subscription& given) {
    subscribe(topic_key, given);
    worker->watch(lane_of(topic_key), given.target);
    pass(std::chrono::milliseconds(1));
  }

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
  using PublishTest::left;
  std::uint64_t left(const broker::Subscription& given) { return left(given.target); }

  delivery::FakeHttpClient http;
  HttpChannel channel{http};
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Outlets> outlets;
  std::unique_ptr<Worker> worker;
};

}  // namespace millrace::aws::sns::deliver
