// Reads the checked-in sample of a lane with queues in it: whatever changes, version 1 stays readable.
#include <gtest/gtest.h>

#include <set>

#include "broker/queue/queue_fixture.h"
#include "broker/queue/sample_fixture.h"

namespace millrace::broker {
namespace {

const std::string sample = std::string(MILLRACE_SOURCE_DIR) + "/tests/format/v1-queues";
const std::string pauses_sample = std::string(MILLRACE_SOURCE_DIR) + "/tests/format/v1-queues-2";

class FormatTest : public SampleTest<QueueTest> {
 protected:
  FormatTest() : SampleTest(1) {}
};

// What the sample holds: every kind of entry, some in the checkpoint, some after it, some in a segment.
TEST_F(FormatTest, TheSampleOfVersion1IsRead) {
  if (writing()) {
    begin_sample();
    make("dead");
    make("q", {.dead_letter = DeadLetterPolicy{.target = "dead", .acquired_max = 1}, .tags = {{"team", "mill"}}});
    make("f.fifo", {.fifo = true});
    for (int i = 0; i < 40; ++i)
      send("q", std::to_string(i) + std::string(1000, '.'), {.group = i % 2 == 0 ? "even" : "odd"});
    send("f.fifo", "first", {.group = "g", .dedup = "one"});
    send("f.fifo", "second", {.group = "g", .dedup = "two"});
    receive("f.fifo", 1, {}, std::chrono::hours(12));
    send("q", "later", {.delay = std::chrono::minutes(15)});
    auto got = receive("q", 3, {}, std::chrono::hours(1));
    queue("q").accept(got.at(0).receipt);
    queue("q").renew(got.at(1).receipt, {});
    receive("q", 1);
    pass(std::chrono::seconds(2));
    ASSERT_TRUE(queue("dead").start_move("q", 1).has_value());
    durable(lane_of("q"));
    write_sample(sample);
  }
  read_sample(sample);
  const auto counts = queue("q").counts();
  EXPECT_EQ(counts.ready + counts.in_flight, 39u);
  EXPECT_EQ(counts.delayed, 1u);
  EXPECT_EQ(queue("q").config().tags.at("team"), "mill");
  EXPECT_EQ(queue("dead").moves().at(0).target, "q");
  EXPECT_TRUE(send("f.fifo", "again", {.group = "g", .dedup = "one"}).duplicate);
  EXPECT_EQ(bodies("f.fifo"), std::vector<std::string>{});
  std::set<std::string> seen;
  for (;;) {
    const auto batch = receive("q", 10);
    if (batch.empty()) break;
    for (const auto& message : batch) seen.insert(message.body.substr(0, message.body.find('.')));
  }
  EXPECT_GE(seen.size(), 36u);
}

// With what came later: messages that are put off between attempts, in the checkpoint and after it, and what is taken back.
TEST_F(FormatTest, TheSampleWithPausesIsRead) {
  if (writing()) {
    begin_sample();
    make("q");
    for (int i = 0; i < 5; ++i) send("q", std::to_string(i));
    const auto got = receive("q", 4, {}, std::chrono::hours(1));
    queue("q").postpone(got.at(0).receipt, std::chrono::hours(11));
    for (int i = 0; i < 60; ++i) send("q", std::string(2000, '.'));
    pass(std::chrono::seconds(2));
    ASSERT_GT(lane_of("q").stats().checkpoints_written, 0u);
    queue("q").postpone(got.at(1).receipt, std::chrono::hours(10));
    queue("q").reclaim();
    durable(lane_of("q"));
    write_sample(pauses_sample);
  }
  read_sample(pauses_sample);
  EXPECT_EQ(queue("q").counts().in_flight, 2u);
  for (const auto* next : {"2", "3", "4"}) EXPECT_EQ(bodies("q", 1), std::vector<std::string>{next});
  pass(std::chrono::minutes(10 * 60 + 1));
  EXPECT_EQ(queue("q").counts().ready, 64u) << "1 is back, 0 is not; nobody has accepted anything";
  pass(std::chrono::hours(2));
  EXPECT_EQ(queue("q").counts().ready, 65u);
}

}  // namespace
}  // namespace millrace::broker
