// What a queue's only consumer takes back when it begins anew, and what it leaves where it is.
#include "broker/queue/queue.h"
#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Bodies = std::vector<std::string>;

class ReclaimTest : public QueueTest {
 protected:
  // Of three messages the first is in hand, the second postponed, and the third waits.
  void one_of_each(const std::string& key) {
    for (const auto* body : {"held", "postponed", "waiting"}) send(key, body);
    auto got = receive(key, 2, {}, minutes(10));
    held = got.at(0).receipt;
    postponed = got.at(1).receipt;
    EXPECT_EQ(queue(key).postpone(postponed, minutes(5)), RenewOutcome::renewed);
    durable(lane_of(key));
  }

  // What is read from the disk comes in several batches.
  Bodies all(const std::string& key) {
    Bodies found;
    for (;;) {
      const auto got = receive(key, 10, {}, minutes(10));
      if (got.empty()) return found;
      for (const auto& each : got) found.push_back(each.body);
    }
  }

  Receipt held;
  Receipt postponed;
};

TEST_F(ReclaimTest, WhatWasHeldIsReadyAndWhatWasPostponedWaits) {
  make("q");
  one_of_each("q");
  EXPECT_EQ(queue("q").counts().in_flight, 2u);
  queue("q").reclaim();
  EXPECT_EQ(queue("q").counts().in_flight, 1u);
  const auto got = receive("q", 10);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got.at(0).body, "held") << "the older one comes first";
  EXPECT_EQ(got.at(0).count, 2u) << "what was under way counts";
  EXPECT_EQ(got.at(1).body, "waiting");
  pass(minutes(5));
  const auto later = receive("q", 10);
  ASSERT_EQ(later.size(), 3u) << "the others' visibility has ended";
  EXPECT_EQ(later.at(1).body, "postponed");
  EXPECT_EQ(later.at(1).count, 2u);
}

TEST_F(ReclaimTest, ItIsTheSameAfterACrashAndFromACheckpoint) {
  for (const bool power_cut : {true, false}) {
    const std::string key = power_cut ? "cut" : "stopped";
    make(key);
    one_of_each(key);
    power_cut ? crash_and_restart() : restart();
    EXPECT_EQ(queue(key).counts().in_flight, 2u) << key;
    queue(key).reclaim();
    durable(lane_of(key));
    power_cut ? crash_and_restart() : restart();
    EXPECT_EQ(queue(key).counts().in_flight, 1u) << key;
    EXPECT_EQ(all(key), (Bodies{"held", "waiting"})) << key;
    pass(minutes(4));
    queue(key).reclaim();
    EXPECT_EQ(all(key), (Bodies{"held", "waiting"})) << key;
    pass(minutes(1));
    EXPECT_EQ(all(key), Bodies{"postponed"}) << key;
  }
}

TEST_F(ReclaimTest, OlderReceipts) {
  make("q");
  one_of_each("q");
  queue("q").reclaim();
  EXPECT_EQ(queue("q").renew(postponed, minutes(1)), RenewOutcome::not_in_flight) << "nobody has it";
  EXPECT_EQ(queue("q").postpone(held, minutes(1)), RenewOutcome::not_in_flight);
  EXPECT_EQ(queue("q").accept(held), AcceptOutcome::accepted);
  EXPECT_EQ(queue("q").accept(postponed), AcceptOutcome::accepted);
  EXPECT_EQ(bodies("q"), Bodies{"waiting"});
}

TEST_F(ReclaimTest, AGroupKeepsItsOrder) {
  make("q.fifo", {.fifo = true});
  for (const auto* body : {"a1", "a2", "b1", "b2"}) {
    send("q.fifo", body, {.group = std::string(1, body[0]), .dedup = body});
  }
  const auto got = receive("q.fifo", 1, {}, minutes(10));
  ASSERT_EQ(got.at(0).body, "a1");
  const auto other = receive("q.fifo", 1, {}, minutes(10));
  ASSERT_EQ(other.at(0).body, "b1");
  EXPECT_EQ(queue("q.fifo").postpone(other.at(0).receipt, minutes(5)), RenewOutcome::renewed);
  queue("q.fifo").reclaim();
  EXPECT_EQ(queue("q.fifo").accept(got.at(0).receipt), AcceptOutcome::expired);
  EXPECT_EQ(bodies("q.fifo"), (Bodies{"a1", "a2"})) << "and nothing of a group whose first message is postponed";
}

TEST_F(ReclaimTest, WhoWaitsIsServed) {
  make("q");
  send("q", "held");
  receive("q", 1, {}, minutes(10));
  Bodies got;
  queue("q").acquire({.wait = minutes(1)}, [&](Result<std::vector<Acquired>> answer) {
    for (const auto& message : answer.value()) got.emplace_back(message.message.body);
  });
  pass(seconds(1));
  EXPECT_TRUE(got.empty());
  queue("q").reclaim();
  pass(seconds(1));
  EXPECT_EQ(got, Bodies{"held"});
}

TEST_F(ReclaimTest, WhatIsPostponedCountsAsInFlight) {
  make("q", {.acquired_max = 2});
  one_of_each("q");
  std::optional<Result<std::vector<Acquired>>> answer;
  queue("q").acquire({}, [&](Result<std::vector<Acquired>> got) { answer = std::move(got); });
  until([&] { return answer.has_value(); });
  ASSERT_FALSE(answer->has_value());
  EXPECT_EQ(answer->error().code, ErrorCode::over_limit);
}

}  // namespace
}  // namespace millrace::broker
