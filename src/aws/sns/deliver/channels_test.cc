// The channels beside those of HTTP and text messages, the questions to new subscribers, and what is published directly.
#include "aws/kinesis/catalog.h"
#include "aws/sns/deliver/channels_fixture.h"
#include "aws/sns/deliver/direct.h"
#include "aws/sns/queue_copy.h"
#include "broker/stream/stream_partition.h"
#include "codec/json_value.h"

namespace millrace::aws::sns::deliver {
namespace {

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
