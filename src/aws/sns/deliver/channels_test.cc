// The channels beside HTTP's, the questions to new subscribers, and what is published directly.
#include "aws/kinesis/catalog.h"
#include "aws/sns/application_attributes.h"
#include "aws/sns/deliver/deliver_fixture.h"
#include "aws/sns/deliver/deliveries.h"
#include "aws/sns/deliver/direct.h"
#include "aws/sns/queue_copy.h"
#include "broker/stream/stream_partition.h"
#include "codec/json_value.h"

namespace millrace::aws::sns::deliver {
namespace {

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
  std::vector<delivery::Sms> messages;
  Outcome answer{.kind = Outcome::Kind::delivered};
};

class Channels : public broker::TopicTest {
 protected:
  static constexpr auto topic_key = "sns/us-east-1/000000000000/t";
  static constexpr auto topic_arn = "arn:aws:sns:us-east-1:000000000000:t";
  static constexpr auto endpoint_arn =
      "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/12345678-1234-4234-8234-123456789012";
  static constexpr auto account = "sns-account/us-east-1/000000000000";

  Channels() : TopicTest(2) {
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

  delivery::FakeHttpClient http;
  delivery::PushService push{world.core(0), http, {}};
  delivery::Lambda lambda{http, {.url = "http://lambda.local", .credentials = {}}};
  FakeMailer mailer;
  FakeGateway gateway;
  Signer signer{*engine, "http://localhost:4566"};
  delivery::Outside outside{.http = http, .push = push, .lambda = lambda, .mailer = &mailer, .sms = &gateway};
  Limits limits = relaxed_limits;
  Deliveries deliveries{*engine, limits, signer, outside};
};

TEST_F(Channels, AFunctionGetsTheEvent) {
  const auto given = add(SubscriptionProtocol::lambda, "arn:aws:lambda:us-east-1:000000000000:function:f");
  publish_message("hello");
  ASSERT_EQ(http.calls.size(), 1u);
  const auto event = codec::parse_json(http.calls.front().body());
  ASSERT_TRUE(event.has_value());
  EXPECT_NE(event->find("Records"), nullptr);
  http.answer(202);
  pass(seconds(1));
  EXPECT_EQ(left(given.target), 0u);
  // Throttled: three times at once, twice after a second, then ever later.
  publish_message("again");
  std::vector<Duration> waited;
  for (int attempt = 0; attempt < 7; ++attempt) {
    const Time from = world.now();
    until([&] { return !http.calls.empty(); });
    waited.push_back(world.now() - from);
    http.answer(429);
  }
  EXPECT_LT(waited[3], seconds(1));
  EXPECT_NEAR(static_cast<double>(waited[4].count()), 1'000, 100);
  EXPECT_NEAR(static_cast<double>(waited[5].count()), 1'000, 100);
  EXPECT_NEAR(static_cast<double>(waited[6].count()), 1'000, 100);
}

TEST_F(Channels, MailHasTheSubjectAndAWayOut) {
  add(SubscriptionProtocol::email, "a@example.com");
  add(SubscriptionProtocol::email_json, "b@example.com");
  publish_message("hello", {.subject = "news"});
  publish_message("hello");
  ASSERT_EQ(mailer.mails.size(), 4u);
  int json = 0;
  for (const auto& mail : mailer.mails) {
    EXPECT_TRUE(mail.text.contains("Action=Unsubscribe"));
    EXPECT_TRUE(mail.text.contains("hello"));
    json += codec::parse_json(mail.text).has_value() ? 1 : 0;
    EXPECT_EQ(codec::parse_json(mail.text).has_value(), mail.to == "b@example.com");
  }
  EXPECT_EQ(json, 2);
  EXPECT_EQ(mailer.mails.front().subject, "news");
  EXPECT_EQ(mailer.mails.back().subject, "AWS Notification Message");
  EXPECT_EQ(total(Metric::number_of_notifications_delivered), 4u);
}

TEST_F(Channels, ATextMessageFollowsTheAccountsSettings) {
  add(SubscriptionProtocol::sms, "+15551234567");
  at_account([](Account& there) {
    ASSERT_TRUE(there.put_sms_settings({{"DefaultSenderID", "Millrace"}, {"DefaultSMSType", "Transactional"}}));
  });
  publish_message("hello");
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].phone, "+15551234567");
  EXPECT_EQ(gateway.messages[0].text, "hello");
  EXPECT_EQ(gateway.messages[0].sender, "Millrace");
  EXPECT_EQ(gateway.messages[0].type, delivery::Sms::Type::transactional);
  AttributeViews attributes;
  attributes.push_back({.name = "AWS.SNS.SMS.SMSType", .type = "String", .value = "Promotional"});
  attributes.push_back({.name = "AWS.SNS.SMS.SenderID", .type = "String", .value = "Other"});
  publish_message("{\"default\":\"d\",\"sms\":\"short\"}", {.structured = true, .attributes = attributes});
  ASSERT_EQ(gateway.messages.size(), 2u);
  EXPECT_EQ(gateway.messages[1].text, "short");
  EXPECT_EQ(gateway.messages[1].sender, "Other");
  EXPECT_EQ(gateway.messages[1].type, delivery::Sms::Type::promotional);
}

TEST_F(Channels, NobodyWhoOptedOutIsWrittenTo) {
  const auto given = add(SubscriptionProtocol::sms, "+15551234567");
  at_account([](Account& there) { ASSERT_TRUE(there.opt_out("+15551234567")); });
  publish_message("hello");
  EXPECT_TRUE(gateway.messages.empty());
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Channels, TheSandboxHoldsOthersBack) {
  limits.sms_sandbox = true;
  add(SubscriptionProtocol::sms, "+15551234567");
  publish_message("one");
  EXPECT_TRUE(gateway.messages.empty());
  at_account([](Account& there) {
    ASSERT_TRUE(
        there.put_sandbox_number("+15551234567", {{std::string(sandbox_status_field), std::string(sandbox_verified)}}));
  });
  publish_message("two");
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].text, "two");
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

TEST_F(Channels, CredentialsThatAreNoneFailAtOnce) {
  make_endpoint();
  const auto given = add(SubscriptionProtocol::application, endpoint_arn);
  publish_message("hello");
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

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

TEST_F(Channels, WithoutItsStreamADeliveryStreamFails) {
  const auto given = add(SubscriptionProtocol::firehose, "arn:aws:firehose:us-east-1:000000000000:deliverystream/none");
  publish_message("hello");
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Channels, ADeliveryStreamIsAStreamOfItsName) {
  const kinesis::StreamName name{"us-east-1", "000000000000", "s"};
  auto& lane = lane_of(name.catalog_key());
  const Time created = lane.now();
  kinesis::Catalog catalog(lane, name.catalog_key());
  kinesis::StreamEntry stream;
  stream.created = created;
  stream.status = kinesis::StreamStatus::active;
  catalog.put(name.name, stream);
  kinesis::ShardEntry shard;
  shard.created = created;
  shard.state = kinesis::ShardState::open;
  catalog.put(name.name, shard);
  ASSERT_TRUE(catalog.commit().has_value());
  durable(lane);
  const auto key = name.shard_key(created, 0);
  broker::StreamConfig config;
  config.properties = encode(kinesis::ShardProperties{.created = created, .record_bytes_max = 1 << 20});
  create_stream_partition(lane_of(key), key, config);
  durable(lane_of(key));

  const auto given =
      add(SubscriptionProtocol::firehose, "arn:aws:firehose:us-east-1:000000000000:deliverystream/s", true);
  publish_message("as it is");
  EXPECT_EQ(left(given.target), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_delivered), 1u);
  auto* const partition = broker::find_stream_partition(lane_of(key), key);
  ASSERT_NE(partition, nullptr);
  EXPECT_EQ(partition->next().get() - partition->first().get(), 1u);
}

// ---- Devices ----

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

// ---- Confirmations ----

class Asking : public Channels {
 protected:
  Confirmation confirmation(SubscriptionProtocol protocol, const std::string& endpoint) {
    Confirmation asked{.kind = ConfirmationKind::subscription,
                       .topic = *parse_key(topic_key),
                       .subscription = {.id = id_of(endpoint), .protocol = static_cast<std::uint8_t>(protocol)},
                       .token = "abc",
                       .base_url = "http://here:1"};
    asked.subscription.endpoint = endpoint;
    return asked;
  }
  void ask(Confirmation asked) {
    deliveries.confirmations().send(lane_of(topic_key), std::move(asked));
    pass(seconds(2));
  }
};

TEST_F(Asking, AWebServerIsAskedAFewTimes) {
  ask(confirmation(SubscriptionProtocol::http, "http://example.com/"));
  for (int attempt = 0; attempt < 4; ++attempt) {
    ASSERT_EQ(http.calls.size(), 1u) << attempt;
    const auto& got = http.calls.front();
    EXPECT_EQ(got.header("x-amz-sns-message-type"), "SubscriptionConfirmation");
    const auto json = codec::parse_json(got.body());
    ASSERT_TRUE(json.has_value());
    EXPECT_EQ(*json->find("Token")->string(), "abc");
    EXPECT_TRUE(json->find("SubscribeURL")->string()->starts_with("http://here:1/?Action=ConfirmSubscription"));
    http.answer(500);
    EXPECT_TRUE(http.calls.empty());
    pass(seconds(21));
  }
  EXPECT_TRUE(http.calls.empty());
  auto ended = confirmation(SubscriptionProtocol::https, "https://example.com/");
  ended.kind = ConfirmationKind::unsubscribe;
  ask(ended);
  ASSERT_EQ(http.calls.size(), 1u);
  EXPECT_EQ(http.calls.front().header("x-amz-sns-message-type"), "UnsubscribeConfirmation");
}

TEST_F(Asking, AMailHasTheLink) {
  ask(confirmation(SubscriptionProtocol::email, "a@example.com"));
  ask(confirmation(SubscriptionProtocol::email_json, "b@example.com"));
  ASSERT_EQ(mailer.mails.size(), 2u);
  EXPECT_EQ(mailer.mails[0].to, "a@example.com");
  EXPECT_TRUE(mailer.mails[0].text.contains("http://here:1/?Action=ConfirmSubscription"));
  EXPECT_TRUE(codec::parse_json(mailer.mails[1].text).has_value());
}

TEST_F(Asking, AQueueOfAnotherAccountGetsTheDocument) {
  const std::string key = "sqs/us-east-1/111111111111/q";
  make(key);
  auto asked = confirmation(SubscriptionProtocol::sqs, "");
  asked.subscription.target = key;
  ask(asked);
  std::optional<std::string> body;
  queue(key).acquire({}, [&](auto got) {
    if (!got || got->empty()) return;
    body = QueueCopies(signer).copy_for_queue(got->at(0).message)->body;
  });
  until([&] { return body.has_value(); });
  const auto json = codec::parse_json(*body);
  ASSERT_TRUE(json.has_value()) << *body;
  EXPECT_EQ(*json->find("Type")->string(), "SubscriptionConfirmation");
}

TEST_F(Asking, APhoneGetsItsCode) {
  const std::string key = account;
  deliveries.confirmations().send_code(lane_of(key), {.region = "us-east-1",
                                                      .account = "000000000000",
                                                      .phone = "+15551234567",
                                                      .code = "123456",
                                                      .language = "en-US"});
  pass(seconds(1));
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_TRUE(gateway.messages[0].text.contains("123456"));
}

// ---- Direct ----

TEST_F(Channels, APhoneIsWrittenToDirectly) {
  const auto key = direct_key("us-east-1", "000000000000", SubscriptionProtocol::sms);
  ASSERT_TRUE(publish_directly(lane_of(key), {.region = "us-east-1",
                                              .account = "000000000000",
                                              .protocol = SubscriptionProtocol::sms,
                                              .address = "+15551234567",
                                              .text = "hello"}));
  gateway.answer = {.kind = Outcome::Kind::retry};
  deliveries.worker().watch(lane_of(key), key);
  pass(seconds(1));
  ASSERT_EQ(gateway.messages.size(), 1u);
  EXPECT_EQ(gateway.messages[0].text, "hello");
  EXPECT_EQ(left(key), 1u);
  gateway.answer = {.kind = Outcome::Kind::delivered};
  pass(seconds(11));
  EXPECT_EQ(gateway.messages.size(), 2u) << "ten seconds later";
  EXPECT_EQ(left(key), 0u);
}

TEST_F(Channels, ADeviceIsReachedDirectly) {
  const auto key = direct_key("us-east-1", "000000000000", SubscriptionProtocol::application);
  ASSERT_TRUE(publish_directly(lane_of(key), {.region = "us-east-1",
                                              .account = "000000000000",
                                              .protocol = SubscriptionProtocol::application,
                                              .address = endpoint_arn,
                                              .text = "hello"}));
  deliveries.worker().watch(lane_of(key), key);
  pass(seconds(1));
  EXPECT_EQ(left(key), 0u) << "there is no such endpoint";
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
