// Devices: what they get, what their providers say of them, and what a topic is told of it.
#include "aws/sns/deliver/channels_fixture.h"
#include "aws/sns/queue_copy.h"
#include "codec/json_value.h"

namespace millrace::aws::sns::deliver {
namespace {

TEST_F(Channels, ADeviceGetsItsPlatformsOwnText) {
  const Recipient to{.protocol = SubscriptionProtocol::application, .endpoint = endpoint_arn};
  const auto payload = [&](const std::string& body, bool structured) {
    const auto properties = encode_publication({.topic_arn = topic_arn, .structured = structured});
    const auto delivery = broker::encode(broker::Delivery{});
    const broker::Message message{
        .encoding = broker::Encoding::sns, .properties = properties, .body = body, .delivery = delivery};
    const auto notification = read_notification(message, text_name(to));
    EXPECT_TRUE(notification.has_value());
    return push_payload(delivery::PushPlatform::fcm,
                        {.recipient = to, .message = message, .notification = *notification, .sender = {}});
  };
  EXPECT_EQ(payload(R"({"default":"d","GCM":"{\"own\":1}"})", true), R"({"own":1})");
  EXPECT_EQ(payload(R"({"default":"d"})", true), delivery::plain_payload(delivery::PushPlatform::fcm, "d"));
  EXPECT_EQ(payload("text", false), delivery::plain_payload(delivery::PushPlatform::fcm, "text"));
}

TEST_F(Channels, CredentialsThatAreNoneFailAtOnce) {
  make_endpoint();
  const auto given = add(SubscriptionProtocol::application, endpoint_arn);
  publish_message("hello");
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Channels, ADisabledEndpointGetsNothing) {
  make_endpoint();
  const auto given = add(SubscriptionProtocol::application, endpoint_arn);
  at_account([&](Account& there) {
    auto device = *there.endpoint(endpoint());
    device["Enabled"] = "false";
    ASSERT_TRUE(there.put_endpoint(endpoint(), device));
  });
  publish_message("hello");
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

class Devices : public Channels {
 protected:
  static constexpr auto device_arn =
      "arn:aws:sns:us-east-1:000000000000:endpoint/ADM/app/12345678-1234-4234-8234-123456789012";
  Devices() {
    name = *parse_endpoint_arn(device_arn);
    at_account([&](Account& there) {
      ASSERT_TRUE(there.put_application(
          name.application, {{"PlatformPrincipal", "id"}, {"PlatformCredential", "secret"}, {"Enabled", "true"}}));
      ASSERT_TRUE(there.put_endpoint(name, {{"Token", "t1"}, {"Enabled", "true"}}));
    });
    given = add(SubscriptionProtocol::application, device_arn);
    publish_message("hello");
    until([&] { return !http.calls.empty(); });
    http.answer(200, R"({"access_token":"a","expires_in":3600})");
    until([&] { return !http.calls.empty(); });
    EXPECT_TRUE(http.calls.front().body().contains("hello"));
  }
  Attributes device() {
    Attributes found;
    at_account([&](Account& there) { found = there.endpoint(name).value_or(Attributes{}); });
    return found;
  }
  EndpointName name;
  broker::Subscription given;
};

TEST_F(Devices, ADeadTokenDisablesTheEndpoint) {
  http.answer(400, R"({"reason":"Unregistered"})");
  pass(seconds(1));
  EXPECT_EQ(device()["Enabled"], "false");
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Devices, AnotherTokenIsKept) {
  http.answer(200, R"({"registrationID":"t2"})");
  pass(seconds(1));
  EXPECT_EQ(device()["Token"], "t2");
  EXPECT_EQ(device()["Enabled"], "true");
  EXPECT_EQ(left(given.target), 0u);
}

TEST_F(Devices, ATokenThatWasChangedMeanwhileIsLeftAlone) {
  at_account([&](Account& there) { ASSERT_TRUE(there.put_endpoint(name, {{"Token", "new"}, {"Enabled", "true"}})); });
  http.answer(400, R"({"reason":"Unregistered"})");
  pass(seconds(1));
  EXPECT_EQ(device()["Enabled"], "true");
}

// ---- Events ----

class Events : public Devices {
 protected:
  static constexpr auto watchers = "sns/us-east-1/000000000000/watchers";
  static constexpr auto queue_key = "sqs/us-east-1/000000000000/events";

  Events() {
    make_topic(watchers);
    make(queue_key);
    auto to = subscription(queue_key);
    to.raw = true;
    subscribe(watchers, to);
  }
  void watch(const std::string& attribute) {
    at_account([&](Account& there) {
      auto attributes = *there.application(name.application);
      attributes[attribute] = "arn:aws:sns:us-east-1:000000000000:watchers";
      ASSERT_TRUE(there.put_application(name.application, attributes));
    });
  }
  // What the topic has been told; null: nothing so far.
  std::optional<codec::JsonValue> told() {
    pass(seconds(2));
    std::optional<codec::JsonValue> event;
    queue(queue_key).acquire({}, [&](auto got) {
      if (!got || got->empty()) return;
      auto json = codec::parse_json(QueueCopies(signer).copy_for_queue(got->at(0).message)->body);
      ASSERT_TRUE(json.has_value());
      event = std::move(*json);
    });
    pass(seconds(1));
    return event;
  }
};

std::string text(const codec::JsonValue& event, std::string_view member) {
  const auto* found = event.find(member);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

TEST_F(Events, AFailureIsToldWithItsReason) {
  watch("EventDeliveryFailure");
  http.answer(400, R"({"reason":"Unregistered"})");
  const auto event = told();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(text(*event, "Service"), "SNS");
  EXPECT_EQ(text(*event, "EventType"), "DeliveryFailure");
  EXPECT_EQ(text(*event, "EndpointArn"), device_arn);
  EXPECT_EQ(text(*event, "Resource"), name.application.arn());
  EXPECT_EQ(text(*event, "FailureType"), "InvalidPlatformToken");
  EXPECT_FALSE(told().has_value());
}

TEST_F(Events, ADisabledEndpointHasItsOwnFailure) {
  watch("EventDeliveryFailure");
  http.answer(200, R"({"registrationID":"t1"})");
  pass(seconds(1));
  at_account([&](Account& there) { ASSERT_TRUE(there.put_endpoint(name, {{"Token", "t1"}, {"Enabled", "false"}})); });
  publish_message("again");
  const auto event = told();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(text(*event, "FailureType"), "EndpointDisabled");
}

TEST_F(Events, AnEndpointThatItsProviderChangesIsTold) {
  watch("EventEndpointUpdated");
  http.answer(200, R"({"registrationID":"t2"})");
  const auto event = told();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(text(*event, "EventType"), "EndpointUpdated");
  EXPECT_FALSE(told().has_value());
}

TEST_F(Events, WhoNamesNoTopicIsNotTold) {
  watch("EventEndpointCreated");
  http.answer(400, R"({"reason":"Unregistered"})");
  EXPECT_FALSE(told().has_value());
}

TEST(EventTexts, HaveTheServicesMembers) {
  EndpointEvent event{.kind = EndpointEvent::Kind::created,
                      .endpoint = *parse_endpoint_arn("arn:aws:sns:eu-west-1:111111111111:endpoint/GCM/shop/"
                                                      "12345678-1234-4234-8234-123456789012")};
  EXPECT_EQ(render_event(event, from_ms(1'500)),
            R"({"Service":"SNS","Time":"1970-01-01T00:00:01.500Z","EventType":"EndpointCreated",)"
            R"("Resource":"arn:aws:sns:eu-west-1:111111111111:app/GCM/shop","EndpointArn":)"
            R"("arn:aws:sns:eu-west-1:111111111111:endpoint/GCM/shop/12345678-1234-4234-8234-123456789012"})");
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
