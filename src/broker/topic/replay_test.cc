#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "broker/topic/topic_fixture.h"

namespace millrace::broker {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Bodies = std::vector<std::string>;

class ReplayTest : public TopicTest {
 protected:
  static constexpr const char* name = "sns/t.fifo";

  ReplayTest() {
    make_topic(name, {.fifo = true, .archive_days = 2});
    make("sqs/q.fifo", {.fifo = true});
  }

  void publish_some(int first, int last) {
    for (int i = first; i <= last; ++i) {
      publish(name, std::to_string(i), {.group = "g" + std::to_string(i % 3), .dedup = std::to_string(i)});
      pass(seconds(1));
    }
  }
  static Bodies numbers(int first, int last) {
    Bodies all;
    for (int i = first; i <= last; ++i) all.push_back(std::to_string(i));
    return all;
  }
  Subscription replaying(Time from, Time until = Time::max()) {
    auto given = subscription("sqs/q.fifo");
    given.replay = Replay{.from = from, .until = until};
    return given;
  }
  Replay::Status status() { return topic(name).find(id_of("sqs/q.fifo"))->replay->status; }
  // In the order in which the queue has them, whatever their groups.
  Bodies stored() {
    Bodies all = drain("sqs/q.fifo");
    std::ranges::sort(all, [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
    return all;
  }
};

TEST_F(ReplayTest, ANewSubscriberGetsThePastAndThenThePresent) {
  publish_some(1, 4);
  const Time middle = world.now();
  publish_some(5, 8);
  subscribe(name, replaying(middle));
  arrive();
  EXPECT_EQ(status(), Replay::Status::completed);
  publish_some(9, 10);
  arrive();
  EXPECT_EQ(stored(), numbers(5, 10));
}

TEST_F(ReplayTest, WhatIsPublishedMeanwhileComesOnceAndLast) {
  publish_some(1, 50);
  topic(name).put(replaying(Time{}));
  for (int i = 51; i <= 60; ++i) {
    ASSERT_TRUE(try_publish(name, std::to_string(i), {.group = "g", .dedup = std::to_string(i)}).has_value());
    pass(Duration(1));
  }
  arrive();
  EXPECT_EQ(status(), Replay::Status::completed);
  EXPECT_EQ(stored(), numbers(1, 60));
}

TEST_F(ReplayTest, EndsWhereItIsToldTo) {
  publish_some(1, 3);
  const Time from = world.now();
  publish_some(4, 6);
  const Time until = world.now() - Duration(500);
  publish_some(7, 9);
  subscribe(name, replaying(from, until));
  arrive();
  EXPECT_EQ(status(), Replay::Status::completed);
  publish_some(10, 11);
  arrive();
  EXPECT_EQ(stored(), (Bodies{"4", "5", "6", "10", "11"}));
}

TEST_F(ReplayTest, ASubscriberThatHadThemGetsThemAgain) {
  subscribe(name, "sqs/q.fifo");
  publish_some(1, 3);
  arrive();
  EXPECT_EQ(stored(), numbers(1, 3));
  subscribe(name, replaying(Time{}));
  arrive();
  std::vector<bool> replayed;
  bool answered = false;
  queue("sqs/q.fifo").acquire({.count_max = 10}, [&](Result<std::vector<Acquired>> got) {
    answered = true;
    for (const auto& each : *got) replayed.push_back(decode_delivery(each.message.delivery)->replayed);
  });
  until([&] { return answered; });
  EXPECT_EQ(replayed, std::vector<bool>(3, true));
}

TEST_F(ReplayTest, FiltersHoldForTheArchive) {
  for (int i = 1; i <= 9; ++i) {
    publish(name, R"({"n": )" + std::to_string(i) + "}", {.group = "g", .dedup = std::to_string(i)});
  }
  auto given = replaying(Time{});
  given.filter = R"({"n": [{"numeric": [">", 6]}]})";
  given.filter_scope = FilterScope::body;
  subscribe(name, given);
  arrive();
  EXPECT_EQ(status(), Replay::Status::completed);
  EXPECT_EQ(queue("sqs/q.fifo").counts().ready, 3u);
}

TEST_F(ReplayTest, TheArchiveForgetsAndGoes) {
  publish_some(1, 2);
  pass(hours(49));
  publish_some(3, 4);
  subscribe(name, replaying(Time{}));
  arrive();
  EXPECT_EQ(stored(), numbers(3, 4));
  auto config = topic(name).config();
  config.archive_days = 0;
  topic(name).configure(config);
  EXPECT_EQ(lane_of(name).find(Topic::own_archive(name)), nullptr);
  subscribe(name, replaying(Time{}));
  arrive();
  EXPECT_EQ(status(), Replay::Status::failed);
}

class ReplayCrashTest : public ReplayTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(After, ReplayCrashTest, testing::Values(1, 2, 3, 5, 8, 13, 40));

// Wherever the power goes: every message once, in its order.
TEST_P(ReplayCrashTest, NothingIsLostOrComesTwice) {
  for (int i = 1; i <= 150; ++i) {
    ASSERT_TRUE(try_publish(name, std::to_string(i), {.group = "g", .dedup = std::to_string(i)}).has_value());
  }
  settle_all();
  subscribe(name, replaying(Time{}));
  for (int crash = 0; crash < 4; ++crash) {
    pass(Duration(GetParam()));
    crash_and_restart();
  }
  arrive();
  EXPECT_EQ(status(), Replay::Status::completed);
  EXPECT_EQ(drain("sqs/q.fifo"), numbers(1, 150));
}

}  // namespace
}  // namespace millrace::broker
