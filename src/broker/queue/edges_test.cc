// Queues at the limits of one call, and answers that lead to further calls.
#include <set>

#include "broker/queue/queue.h"
#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Bodies = std::vector<std::string>;

class EdgesTest : public QueueTest {
 protected:
  // Takes `count` messages and gives them back at once.
  void take_and_return(const std::string& key, std::uint32_t count) {
    while (count > 0) {
      const auto got = receive(key, std::min<std::uint32_t>(count, 10));
      ASSERT_FALSE(got.empty());
      for (const auto& message : got) queue(key).renew(message.receipt, {});
      count -= static_cast<std::uint32_t>(got.size());
    }
  }
};

TEST_F(EdgesTest, ManyDeadLettersDoNotHideWhatIsBehindThem) {
  make("dead");
  make("q", {.dead_letter = DeadLetterPolicy{.target = "dead", .acquired_max = 1}});
  for (int i = 0; i < 120; ++i) try_send("q", "poison");
  std::vector<Receipt> receipts;
  for (int i = 0; i < 12; ++i) {
    for (const auto& got : receive("q", 10)) receipts.push_back(got.receipt);
  }
  ASSERT_EQ(receipts.size(), 120u);
  for (const auto& receipt : receipts) queue("q").renew(receipt, {});
  send("q", "good");
  EXPECT_EQ(bodies("q", 1), Bodies{"good"});
  pass(seconds(1));
  EXPECT_EQ(queue("dead").counts().ready, 120u);
}

TEST_F(EdgesTest, ManyTooOldMessagesDoNotHideWhatIsBehindThem) {
  make("q", {.retention = minutes(1)});
  for (int i = 0; i < 2500; ++i) {
    try_send("q", "old");
    if (i % 100 == 0) durable(lane_of("q"));
  }
  durable(lane_of("q"));
  pass(seconds(50));
  send("q", "young");
  // Not by a sweep: it comes along once a minute.
  pass(seconds(11));
  EXPECT_EQ(bodies("q", 1), Bodies{"young"});
}

TEST_F(EdgesTest, FifoOrderHoldsBehindManyDeadLetters) {
  make("dead.fifo", {.fifo = true});
  make("f.fifo", {.fifo = true, .dead_letter = DeadLetterPolicy{.target = "dead.fifo", .acquired_max = 1}});
  int next = 0;
  const auto put = [&](const std::string& group, const std::string& body) {
    send("f.fifo", body, {.group = group, .dedup = std::to_string(next++)});
  };
  // Sixty groups whose messages are exhausted, and one behind them whose message was passed over.
  for (int i = 0; i < 60; ++i) put("poison-" + std::to_string(i), "poison");
  put("late", "1");
  std::vector<Receipt> receipts;
  for (int i = 0; i < 60; ++i) receipts.push_back(receive("f.fifo").at(0).receipt);
  const auto first = receive("f.fifo").at(0);
  EXPECT_EQ(first.body, "1");
  put("late", "2");
  EXPECT_EQ(bodies("f.fifo"), Bodies{});
  EXPECT_EQ(queue("f.fifo").accept(first.receipt), AcceptOutcome::accepted);
  for (const auto& receipt : receipts) queue("f.fifo").renew(receipt, {});
  put("late", "3");
  Bodies all;
  for (int i = 0; i < 5 && all.size() < 2; ++i) {
    for (const auto& body : bodies("f.fifo", 1)) all.push_back(body);
    if (all.size() == 1) {
      // "3" must wait for "2", whatever is given besides.
      EXPECT_EQ(all[0], "2");
      break;
    }
  }
  EXPECT_FALSE(all.empty());
}

TEST_F(EdgesTest, AMoveTaskGoesPastAGroupInFlight) {
  make("to.fifo", {.fifo = true});
  make("f.fifo", {.fifo = true});
  int next = 0;
  const auto put = [&](const std::string& group) {
    try_send("f.fifo", group, {.group = group, .dedup = std::to_string(next++)});
    if (next % 100 == 0) durable(lane_of("f.fifo"));
  };
  for (int i = 0; i < 1500; ++i) put("held");
  const auto held = receive("f.fifo", 1, {}, minutes(60));
  ASSERT_EQ(held.size(), 1u);
  for (int i = 0; i < 20; ++i) put("free-" + std::to_string(i));
  // A receive passes over the held group.
  durable(lane_of("f.fifo"));
  ASSERT_TRUE(queue("f.fifo").start_move("to.fifo", 0).has_value());
  pass(seconds(5));
  EXPECT_EQ(queue("f.fifo").moves().at(0).status, MoveStatus::completed);
  EXPECT_EQ(queue("f.fifo").moves().at(0).moved, 20u);
  EXPECT_EQ(queue("to.fifo").counts().ready, 20u);
}

TEST_F(EdgesTest, AMoveTaskGoesPastTooOldMessages) {
  make("to");
  make("q", {.retention = minutes(1)});
  for (int i = 0; i < 2500; ++i) {
    try_send("q", "old");
    if (i % 100 == 0) durable(lane_of("q"));
  }
  pass(seconds(50));
  for (int i = 0; i < 5; ++i) send("q", "young");
  pass(seconds(11));
  ASSERT_TRUE(queue("q").start_move("to", 0).has_value());
  pass(seconds(5));
  EXPECT_EQ(queue("to").counts().ready, 5u);
}

TEST_F(EdgesTest, WhatIsHandedToAFifoQueueWaitsForItsDelayToo) {
  make("from.fifo", {.fifo = true});
  make("to.fifo", {.fifo = true, .delay = minutes(1)});
  send("to.fifo", "first", {.group = "g", .dedup = "1"});
  pass(seconds(10));
  send("from.fifo", "second", {.group = "g", .dedup = "2"});
  ASSERT_TRUE(queue("from.fifo").start_move("to.fifo", 0).has_value());
  pass(seconds(10));
  EXPECT_EQ(bodies("to.fifo"), Bodies{});
  pass(minutes(1));
  EXPECT_EQ(bodies("to.fifo"), (Bodies{"first", "second"}));
}

TEST_F(EdgesTest, TheAnswerOfAPollerMayRemoveTheQueue) {
  make("q");
  int answered = 0;
  // The first one's answer ends the queue; the others wait for theirs at that moment.
  for (int i = 0; i < 3; ++i) {
    queue("q").acquire({.count_max = 1, .wait = seconds(5)}, [&](const auto&) {
      ++answered;
      if (auto* found = find_queue(lane_of("q"), "q")) lane_of("q").remove(found->id());
    });
  }
  pass(seconds(6));
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(find_queue(lane_of("q"), "q"), nullptr);
}

TEST_F(EdgesTest, RemovingAQueueWhosePollersRemoveItAgain) {
  make("q");
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    queue("q").acquire({.count_max = 1, .wait = seconds(5)}, [&](const auto& result) {
      ++answered;
      EXPECT_FALSE(result.has_value());
      if (auto* found = find_queue(lane_of("q"), "q")) lane_of("q").remove(found->id());
    });
  }
  lane_of("q").remove(queue("q").id());
  pass(seconds(1));
  EXPECT_EQ(answered, 3);
}

TEST_F(EdgesTest, OverTheLimitOfMessagesInFlightAPollerMayRemoveTheQueue) {
  make("q", {.acquired_max = 1});
  send("q", "a");
  send("q", "b");
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    queue("q").acquire({.count_max = 1, .wait = seconds(5)}, [&](const auto&) {
      ++answered;
      if (auto* found = find_queue(lane_of("q"), "q")) lane_of("q").remove(found->id());
    });
  }
  pass(seconds(6));
  EXPECT_EQ(answered, 3);
}

TEST_F(EdgesTest, AReceiptCountsForItsOwnQueueOnly) {
  make("sqs/q");
  send("sqs/q", "before");
  const auto old = receive("sqs/q").at(0).receipt;
  lane_of("sqs/q").remove(queue("sqs/q").id());
  make("sqs/q");
  send("sqs/q", "after");
  const auto own = receive("sqs/q").at(0).receipt;
  ASSERT_EQ(old.seq, own.seq);
  ASSERT_EQ(old.attempt, own.attempt);
  EXPECT_EQ(queue("sqs/q").accept(old), AcceptOutcome::gone);
  EXPECT_EQ(queue("sqs/q").renew(old, std::chrono::seconds(1)), RenewOutcome::gone);
  EXPECT_EQ(queue("sqs/q").postpone(old, std::chrono::seconds(1)), RenewOutcome::gone);
  EXPECT_TRUE(queue("sqs/q").divert(old, "sqs/elsewhere", "").has_value());
  pass(std::chrono::seconds(1));
  EXPECT_EQ(queue("sqs/q").counts().in_flight, 1u);
  EXPECT_EQ(queue("sqs/q").accept(own), AcceptOutcome::accepted);
}

TEST_F(EdgesTest, AQueueMayBeRemovedWhileItIsRead) {
  make("q");
  make("to");
  const std::string filler(1000, 'x');
  for (int i = 0; i < 1500; ++i) {
    try_send("q", filler);
    if (i % 50 == 0) durable(lane_of("q"));
  }
  pass(seconds(5));
  crash_and_restart();
  ASSERT_FALSE(queue("q").backlog().extents().empty());
  ASSERT_TRUE(queue("q").start_move("to", 0).has_value());
  int answered = 0;
  for (int i = 0; i < 3; ++i) queue("q").acquire({.count_max = 10}, [&](const auto&) { ++answered; });
  for (int steps = 0; steps < 40; ++steps) world.step();
  lane_of("q").remove(queue("q").id());
  pass(seconds(2));
  EXPECT_EQ(answered, 3);
}

TEST_F(EdgesTest, ReadingGoesOnWhileSegmentsAreRewritten) {
  make("q");
  const std::string filler(1000, 'x');
  for (int i = 0; i < 2000; ++i) {
    try_send("q", filler);
    if (i % 50 == 0) durable(lane_of("q"));
  }
  pass(seconds(5));
  std::vector<Receipt> receipts;
  for (auto got = receive("q", 10, {}, minutes(60)); !got.empty(); got = receive("q", 10, {}, minutes(60))) {
    for (const auto& each : got) receipts.push_back(each.receipt);
  }
  ASSERT_EQ(receipts.size(), 2000u);
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (i % 20 == 0) {
      queue("q").renew(receipts[i], {});
    } else {
      queue("q").accept(receipts[i]);
    }
  }
  const auto segments = lane_of("q").segments().all();
  // Every answer carries a message: receive() fails when one cannot be read.
  int answers = 0;
  int wanted = 0;
  const auto end = world.now() + seconds(20);
  while (world.now() < end) {
    for (int i = 0; i < 3; ++i) {
      ++wanted;
      queue("q").acquire({.count_max = 1, .visibility = Duration(50)},
                         [&](Result<std::vector<Acquired>> got) { answers += got && got->size() == 1 ? 1 : 0; });
    }
    pass(Duration(7));
  }
  pass(seconds(1));
  EXPECT_EQ(answers, wanted);
  EXPECT_NE(lane_of("q").segments().all().begin()->first, segments.begin()->first) << "they were rewritten meanwhile";
}

TEST_F(EdgesTest, ADamagedSegmentIsNamedAndTheOtherQueuesAreServed) {
  make("q");
  for (int i = 0; i < 4; ++i) make("other-" + std::to_string(i));
  const std::string filler(1000, 'x');
  for (int i = 0; i < 1500; ++i) {
    try_send("q", filler);
    if (i % 100 == 0) {
      for (int k = 0; k < 4; ++k) try_send("other-" + std::to_string(k), "body");
    }
    if (i % 50 == 0) durable(lane_of("q"));
  }
  pass(seconds(5));
  crash_and_restart();
  ASSERT_FALSE(queue("q").backlog().extents().empty());
  const auto damaged = log::object_name(log::Kind::segment, queue("q").backlog().extents().front().segment);
  for (const auto& path : world.disk().paths()) {
    if (path.ends_with("lane-" + std::to_string(lane_of("q").id().get()) + "/" + damaged)) {
      ASSERT_TRUE(world.disk().flip_bit(path, 5000, 3));
    }
  }
  std::optional<Result<std::vector<Acquired>>> answer;
  queue("q").acquire({.count_max = 10, .wait = seconds(1)},
                     [&](Result<std::vector<Acquired>> got) { answer = std::move(got); });
  until([&] { return answer.has_value(); });
  ASSERT_FALSE(answer->has_value());
  EXPECT_EQ(answer->error().code, ErrorCode::damaged);
  EXPECT_NE(answer->error().message.find(damaged), std::string::npos) << answer->error().message;
  EXPECT_NE(answer->error().message.find("offset"), std::string::npos) << answer->error().message;
  for (int k = 0; k < 4; ++k) EXPECT_FALSE(bodies("other-" + std::to_string(k)).empty());
  send("q", "new");
  EXPECT_TRUE(queue("q").purge().has_value());
  send("q", "newer");
  EXPECT_EQ(bodies("q"), Bodies{"newer"});
}

TEST_F(EdgesTest, TimeGoesOnWhenTheClockGoesBack) {
  make("q");
  send("q", "a");
  receive("q", 1, {}, seconds(30));
  world.shift_wall_clock(-std::chrono::hours(24));
  send("q", "b", {.delay = seconds(30)});
  EXPECT_EQ(bodies("q"), Bodies{});
  // At half its pace, until the clock has caught up.
  pass(seconds(61));
  EXPECT_EQ(bodies("q"), (Bodies{"a", "b"}));
  crash_and_restart();
  EXPECT_EQ(bodies("q"), Bodies{});
  pass(seconds(61));
  EXPECT_EQ(bodies("q"), (Bodies{"a", "b"}));
}

TEST_F(EdgesTest, DeadLettersWaitWhileTheDiskIsFull) {
  make("dead");
  make("q", {.dead_letter = DeadLetterPolicy{.target = "dead", .acquired_max = 1}});
  const std::string filler(2000, 'x');
  for (int i = 0; i < 400; ++i) {
    try_send("q", filler);
    if (i % 10 == 0) durable(lane_of("q"));
  }
  pass(seconds(3));
  take_and_return("q", 10);
  world.disk().set_capacity(world.disk().used());
  for (int i = 0; i < 500 && try_send("q", filler).has_value(); ++i) {
    durable(lane_of("q"));
    pass(Duration(2));
  }
  ASSERT_EQ(try_send("q", filler).error().code, ErrorCode::disk_full);
  const auto before = queue("dead").counts().ready;
  receive("q", 10);
  pass(seconds(2));
  EXPECT_EQ(queue("dead").counts().ready, before);
  world.disk().set_capacity(UINT64_MAX);
  pass(seconds(3));
  receive("q", 10);
  pass(seconds(2));
  EXPECT_EQ(queue("dead").counts().ready, 10u);
}

}  // namespace
}  // namespace millrace::broker
