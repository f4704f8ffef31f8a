#include "aws/sns/deliver/counters.h"
#include "aws/sns/deliver/dead_letter.h"
#include "aws/sns/deliver/deliver_fixture.h"
#include "aws/sns/deliver/status_log.h"
#include "aws/sns/queue_copy.h"
#include "codec/json_value.h"

namespace millrace::aws::sns::deliver {
namespace {

using metrics::Metric;
using std::chrono::seconds;

std::string message_of(const std::string& envelope) {
  const auto json = codec::parse_json(envelope);
  const auto* text = json ? json->find("Message") : nullptr;
  return text != nullptr && text->string() != nullptr ? *text->string() : "not an envelope: " + envelope;
}

class Drains : public DeliverTest {
 protected:
  Drains() { make_topic(topic_key); }
};

TEST_F(Drains, ANotificationIsPostedWithItsHeaders) {
  const auto given = to_url();
  put(given);
  publish_message("hello", {.subject = "greeting"});
  const auto& got = call();
  EXPECT_EQ(got.call.method, "POST");
  EXPECT_EQ(got.call.url, url);
  EXPECT_EQ(got.header("x-amz-sns-message-type"), "Notification");
  EXPECT_EQ(got.header("x-amz-sns-topic-arn"), topic_arn);
  EXPECT_TRUE(got.header("x-amz-sns-subscription-arn").starts_with(std::string(topic_arn) + ":"));
  EXPECT_EQ(got.header("Content-Type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(got.header("User-Agent"), "Amazon Simple Notification Service Agent");
  EXPECT_EQ(got.header("x-amz-sns-rawdelivery"), "");
  const auto json = codec::parse_json(got.body());
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(*json->find("Message")->string(), "hello");
  EXPECT_EQ(*json->find("MessageId")->string(), got.header("x-amz-sns-message-id"));
  EXPECT_EQ(left(given), 1u);
  answer(200);
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_delivered), 1u);
}

TEST_F(Drains, RawIsTheMessageAlone) {
  auto given = to_url();
  given.raw = true;
  put(given);
  publish_message("as it is");
  EXPECT_EQ(call().body(), "as it is");
  EXPECT_EQ(call().header("x-amz-sns-rawdelivery"), "true");
}

TEST_F(Drains, ThePolicysContentTypeIsUsed) {
  put(with_policy(R"({"requestPolicy":{"headerContentType":"application/json"}})"));
  publish_message("x");
  EXPECT_EQ(call().header("Content-Type"), "application/json");
}

TEST_F(Drains, RetriesFollowThePolicy) {
  const auto given = with_policy(
      R"({"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":10,"numRetries":8,"numNoDelayRetries":2,)"
      R"("numMinDelayRetries":1,"numMaxDelayRetries":2,"backoffFunction":"linear"}})");
  put(given);
  publish_message("x");
  // Two at once, one after the least delay, three growing, two after the greatest.
  std::vector<Duration> waited;
  for (int attempt = 0; attempt < 9; ++attempt) {
    waited.push_back(next_call());
    answer(attempt % 2 == 0 ? 503 : 429);
  }
  const std::vector<Duration> expected = {seconds(0),     seconds(0),  seconds(0),  seconds(1), seconds(1),
                                          Duration(5500), seconds(10), seconds(10), seconds(10)};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LE(std::chrono::abs(waited[i] - expected[i]), Duration(200)) << "attempt " << i << " after " << waited[i];
  }
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
  pass(std::chrono::minutes(5));
  EXPECT_TRUE(http.calls.empty());
}

TEST_F(Drains, NoAnswerIsTriedAgainAndAClientsErrorIsNot) {
  const auto given = to_url();
  put(given);
  publish_message("x");
  call();
  http.fail_call();
  EXPECT_NEAR(static_cast<double>(next_call().count()), 20'000, 200);
  answer(404);
  pass(std::chrono::minutes(5));
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
  EXPECT_EQ(total(Metric::number_of_notifications_redriven_to_dlq), 0u);
}

TEST_F(Drains, WhatIsGivenUpGoesToTheDeadLetterQueueOnce) {
  make("sqs/us-east-1/000000000000/dead");
  auto given = to_url();
  given.dead_letter = "sqs/us-east-1/000000000000/dead";
  put(given);
  const Time published = world.now();
  publish_message("x");
  pass(seconds(3));
  answer(403, "no");
  pass(seconds(2));
  EXPECT_EQ(left(given), 0u);
  ASSERT_EQ(queue(given.dead_letter).counts().ready, 1u);
  std::optional<broker::Message> letter;
  std::shared_ptr<const void> keep;
  queue(given.dead_letter).acquire({}, [&](auto got) {
    letter = got->at(0).message;
    keep = got->at(0).keep;
  });
  until([&] { return letter.has_value(); });
  const auto notification = read_notification(*letter, "sqs");
  ASSERT_TRUE(notification.has_value());
  EXPECT_EQ(notification->text, "x");
  EXPECT_EQ(notification->delivery.subscription, given.id);
  EXPECT_TRUE(notification->delivery.dead_letter);
  EXPECT_LT(notification->published - published, seconds(1)) << "the envelope says when it was published";
  EXPECT_GE(letter->sent - published, seconds(3)) << "its age in the queue is its own";
  const auto reason = decode_reason(notification->delivery.words);
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->error_code, "403");
  EXPECT_EQ(reason->error_message, "no");
  EXPECT_EQ(reason->request_id.size(), 36u);
  EXPECT_EQ(reason->text_name, "http");
  const auto copy = QueueCopies(*signer).copy_for_queue(*letter);
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(message_of(copy->body), "x");
  ASSERT_EQ(copy->attributes.size(), 3u);
  EXPECT_EQ(copy->attributes[0].name, "ErrorCode");
  EXPECT_EQ(copy->attributes[0].value, "403");
  EXPECT_EQ(total(Metric::number_of_notifications_redriven_to_dlq), 1u);
}

TEST_F(Drains, ADeadLetterWithoutItsQueueIsCountedAsLost) {
  auto given = to_url();
  given.dead_letter = "sqs/us-east-1/000000000000/none";
  put(given);
  publish_message("x");
  answer(403);
  pass(seconds(2));
  publish_message("y");
  answer(200);
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed_to_redrive_to_dlq), 1u);
}

TEST_F(Drains, RetriesGoOnAfterARestart) {
  const auto given = to_url();
  put(given);
  publish_message("x");
  answer(500);
  pass(seconds(5));
  crash();
  EXPECT_NEAR(static_cast<double>(next_call().count()), 15'000, 500);
  // Of this attempt nothing is known after the next crash: the message goes again at once, and it counts as one.
  crash();
  EXPECT_LE(next_call(), Duration(100));
  answer(500);
  EXPECT_NEAR(static_cast<double>(next_call().count()), 20'000, 200);
  answer(500);
  pass(std::chrono::minutes(5));
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(left(given), 0u);
}

TEST_F(Drains, WhatWasUnderWayGoesFirstAfterARestart) {
  auto given = to_url();
  given.raw = true;
  put(given);
  for (const auto* text : {"a", "b", "c", "d", "e"}) publish_message(text);
  pass(seconds(1));
  ASSERT_EQ(http.calls.size(), Window::first_size);
  answer(500);  // comes again in 20 s
  for (int restarts = 0; restarts < 3; ++restarts) {
    crash();
    pass(seconds(1));
    ASSERT_EQ(http.calls.size(), Window::first_size);
    EXPECT_EQ(http.calls.at(0).body(), "b");
    EXPECT_EQ(http.calls.at(1).body(), "c");
  }
  std::vector<std::string> came;
  while (left(given) > 0) {
    next_call();
    came.push_back(call().body());
    answer(200);
  }
  EXPECT_EQ(came, (std::vector<std::string>{"b", "c", "d", "e", "a"}))
      << "each once more, and the retry when it is time";
}

TEST_F(Drains, ALaneThatRecoversGoesOn) {
  const auto given = to_url();
  put(given);
  publish_message("x");
  call();
  auto& lane = lane_of(topic_key);
  const auto before = lane.stats().recoveries;
  world.disk().set_faults(
      {env::sim::Fault{.effect = env::sim::Effect::fail, .on = env::sim::Operation::write, .path_part = "/journal-"}});
  answer(200);
  until([&] { return lane.serving() && lane.stats().recoveries > before; });
  pass(seconds(60));
  while (!http.calls.empty()) answer(200);
  EXPECT_EQ(left(given), 0u);
  publish_message("y");
  EXPECT_EQ(message_of(call().body()), "y");
}

TEST_F(Drains, ASubscriptionThatIsRemovedMeanwhileEndsIt) {
  const auto given = to_url();
  put(given);
  publish_message("x");
  call();
  topic(topic_key).erase(given.id);
  durable(lane_of(topic_key));
  answer(500);
  pass(std::chrono::minutes(2));
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(worker->drains(engine->lane_of(topic_key)), 0u);
  // And made anew.
  put(given);
  publish_message("y");
  EXPECT_EQ(message_of(call().body()), "y");
  topic(topic_key).erase(given.id);
  topic(topic_key).put(given);
  durable(lane_of(topic_key));
  http.answer(200);
  pass(seconds(2));
  publish_message("z");
  EXPECT_EQ(message_of(call().body()), "z");
}

TEST_F(Drains, ATopicThatIsRemovedEndsThemAll) {
  for (int i = 0; i < 5; ++i) put(to_url("http://example.com/" + std::to_string(i)));
  publish_message("x");
  pass(seconds(1));
  EXPECT_EQ(http.calls.size(), 5u);
  topic(topic_key).remove();
  durable(lane_of(topic_key));
  while (!http.calls.empty()) answer(500);
  pass(std::chrono::minutes(2));
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(worker->drains(engine->lane_of(topic_key)), 0u);
}

TEST_F(Drains, WhatCannotBeDeliveredFromHereFails) {
  const auto given = to(SubscriptionProtocol::sms, "+15551234567");
  put(given);
  publish_message("x");
  pass(seconds(2));
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(total(Metric::number_of_notifications_failed), 1u);
}

TEST_F(Drains, PublicationsAreCountedByWhatBecomesOfThem) {
  make("sqs/us-east-1/000000000000/q");
  subscribe(topic_key, "sqs/us-east-1/000000000000/q");
  put(to_url());
  auto filtered = to_url("http://example.com/filtered");
  filtered.filter = R"({"a": ["b"]})";
  put(filtered);
  broker::FilterEvent event;
  const auto published =
      topic(topic_key).publish({.message = {.encoding = broker::Encoding::sns, .body = "x"}, .event = &event});
  ASSERT_TRUE(published.has_value());
  EXPECT_EQ(published->matched, 2u);
  EXPECT_EQ(published->drained, 1u);
  count_published(topic(topic_key), 17, false, *published);
  EXPECT_EQ(total(Metric::number_of_messages_published), 1u);
  EXPECT_EQ(total(Metric::publish_size), 17u);
  EXPECT_EQ(total(Metric::number_of_notifications_delivered), 1u) << "to the queue, so far";
  EXPECT_EQ(total(Metric::filtered_out_no_message_attributes), 1u);
  EXPECT_EQ(total(Metric::number_of_notifications_filtered_out), 0u) << "there was nothing to look at";
}

// When the server ends its calls end badly, which says nothing about the endpoints.
TEST_F(Drains, WhatFailsWhenTheServerEndsIsNoAttempt) {
  make("sqs/us-east-1/000000000000/dead");
  auto given = with_policy(R"({"healthyRetryPolicy":{"minDelayTarget":1,"maxDelayTarget":1,"numRetries":0}})");
  given.dead_letter = "sqs/us-east-1/000000000000/dead";
  put(given);
  publish_message("x");
  call();
  outlets->stopped = true;
  http.fail_call("shutting down");
  pass(seconds(5));
  EXPECT_TRUE(http.calls.empty());
  EXPECT_EQ(left(given), 1u);
  crash();
  next_call();
  answer(200);
  EXPECT_EQ(left(given), 0u);
  EXPECT_EQ(queue(given.dead_letter).counts().ready, 0u);
}

TEST_F(Drains, TheLineOfTheStatusLogHasItsMembers) {
  const Recipient to{.protocol = SubscriptionProtocol::http, .endpoint = url};
  const auto properties = encode_publication({.topic_arn = topic_arn});
  const broker::Message message{.encoding = broker::Encoding::sns, .properties = properties, .body = "x"};
  const Outcome outcome{.kind = Outcome::Kind::retry, .status = 503, .detail = "busy"};
  const auto line = render_status(world.core(0),
                                  {.key = topic_key,
                                   .recipient = to,
                                   .message = message,
                                   .attempts = 3,
                                   .begun = from_ms(1500),
                                   .outcome = outcome},
                                  from_ms(1000));
  const auto json = codec::parse_json(line);
  ASSERT_TRUE(json.has_value()) << line;
  EXPECT_EQ(*json->find("status")->string(), "FAILURE");
  EXPECT_EQ(*json->find("notification")->find("topicArn")->string(), topic_arn);
  EXPECT_EQ(*json->find("notification")->find("timestamp")->string(), "1970-01-01 00:00:01.000");
  EXPECT_EQ(*json->find("notification")->find("messageMD5Sum")->string(), "9dd4e461268c8034f5c8564e155c67a6");
  EXPECT_EQ(*json->find("delivery")->find("destination")->string(), url);
  EXPECT_EQ(*json->find("delivery")->find("providerResponse")->string(), "busy");
  EXPECT_TRUE(line.contains("\"dwellTimeMs\":500,\"attempts\":3,\"statusCode\":503"));
}

}  // namespace
}  // namespace millrace::aws::sns::deliver
