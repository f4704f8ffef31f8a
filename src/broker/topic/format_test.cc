// Reads the checked-in sample of a lane with topics in it: whatever changes, version 3 of a lane and version 1 of a topic
// stay readable.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "broker/queue/sample_fixture.h"
#include "broker/topic/describe.h"
#include "broker/topic/state.h"
#include "broker/topic/topic_fixture.h"

namespace millrace::broker {
namespace {

using Bodies = std::vector<std::string>;

class OneLaneTopicTest : public TopicTest {
 protected:
  OneLaneTopicTest() : TopicTest(1) {}
};

class TopicFormatTest : public SampleTest<OneLaneTopicTest> {
 protected:
  static std::string many(int i) { return "sqs/many/" + std::string(200, 'm') + std::to_string(i); }

  // Every kind of entry, some in the checkpoint, some after it, some records in segments; one topic with a base.
  void make_sample() {
    begin_sample();
    make_topic("sns/plain", {.annotations = {{"DisplayName", "Plain"}}, .tags = {{"a", "b"}}});
    make_topic("sns/t.fifo", {.fifo = true, .content_dedup = true, .archive_days = 30});
    make_topic("sns/many");
    for (const auto* key : {"sqs/a", "sqs/b", "sqs/dead"}) make(key);
    make("sqs/q.fifo", {.fifo = true});
    auto raw = subscription("sqs/a");
    raw.raw = true;
    raw.filter = R"({"who": ["fans"]})";
    raw.dead_letter = "sqs/dead";
    subscribe("sns/plain", raw);
    subscribe("sns/plain", "sqs/b");
    auto gone = subscription("sqs/gone");
    gone.dead_letter = "sqs/dead";
    subscribe("sns/plain", gone);
    auto pending = subscription("sqs/pending");
    pending.confirmed = false;
    pending.token = "token";
    subscribe("sns/plain", pending);
    for (int i = 0; i < 1'200; ++i) topic("sns/many").put(subscription(many(i)));
    arrive();
    Given fans;
    fans.event.add_attribute("who", "String", "fans");
    for (int i = 0; i < 60; ++i) {
      publish("sns/plain", std::to_string(i) + std::string(400, '.'), fans);
      publish("sns/t.fifo", std::to_string(i), {.group = "g", .dedup = std::to_string(i)});
      pass(Duration(300));
    }
    topic("sns/many").erase(id_of(many(7)));
    auto again = subscription("sqs/q.fifo");
    again.replay = Replay{};
    subscribe("sns/t.fifo", again);
    arrive();
    publish("sns/plain", "last", fans);
    arrive();
    ASSERT_NE(topic("sns/many").base(), 0u);
  }
};

TEST_F(TopicFormatTest, TheSampleIsRead) {
  const std::string folder = std::string(MILLRACE_SOURCE_DIR) + "/tests/format/v3-topics";
  if (writing()) {
    make_sample();
    write_sample(folder);
  }
  read_sample(folder);
  const auto& plain = topic("sns/plain");
  EXPECT_EQ(plain.config().annotations, (std::map<std::string, std::string>{{"DisplayName", "Plain"}}));
  EXPECT_EQ(plain.config().tags, (std::map<std::string, std::string>{{"a", "b"}}));
  EXPECT_EQ(plain.counts().confirmed, 3u);
  EXPECT_EQ(plain.counts().pending, 1u);
  const auto raw = plain.find(id_of("sqs/a"));
  ASSERT_TRUE(raw.has_value());
  EXPECT_TRUE(raw->raw);
  EXPECT_EQ(raw->filter, R"({"who": ["fans"]})");
  EXPECT_EQ(raw->dead_letter, "sqs/dead");
  EXPECT_EQ(plain.find(id_of("sqs/pending"))->token, "token");

  EXPECT_NE(topic("sns/many").base(), 0u);
  EXPECT_EQ(topic("sns/many").counts().confirmed, 1'199u);
  EXPECT_FALSE(topic("sns/many").find(id_of(many(7))).has_value());
  EXPECT_TRUE(topic("sns/many").find(to_queue, many(1'199)).has_value());

  EXPECT_EQ(topic("sns/t.fifo").config().archive_days, 30u);
  EXPECT_EQ(topic("sns/t.fifo").find(id_of("sqs/q.fifo"))->replay->status, Replay::Status::completed);
  Bodies numbers;
  for (int i = 0; i < 60; ++i) numbers.push_back(std::to_string(i));
  EXPECT_EQ(drain("sqs/q.fifo"), numbers);
  for (const auto* key : {"sqs/a", "sqs/b", "sqs/dead"}) {
    ASSERT_FALSE(queue(key).backlog().extents().empty()) << key;
    const auto bodies = drain(key);
    ASSERT_EQ(bodies.size(), 61u) << key;
    EXPECT_EQ(bodies.front(), "0" + std::string(400, '.'));
    EXPECT_EQ(bodies.back(), "last");
  }
}

TEST(DescribeTopicTest, NamesWhatItReads) {
  std::string put;
  ByteWriter out(put);
  encode_subscription({.confirmed = true, .target = "sqs/a"}, out);
  const auto described = [](TopicChange type, std::string_view change) {
    return describe_topic_change(static_cast<std::uint16_t>(type), as_bytes(change));
  };
  EXPECT_EQ(described(TopicChange::put, put), "put subscription " + std::string(32, '0') + " of sqs/a");
  EXPECT_EQ(described(TopicChange::published, encode(PublishedChange{.sequence = 7})), "published number 7");
  EXPECT_EQ(described(TopicChange::put, "x"), "put of an unreadable subscription");
}

}  // namespace
}  // namespace millrace::broker
