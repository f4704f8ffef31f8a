// Reads the checked-in sample of a lane with queues in it: whatever changes, version 1 stays readable.
//
// MILLRACE_WRITE_SAMPLE=1 in the environment writes the sample anew; for a new version only, into a new folder.
#include <gtest/gtest.h>

#include <cstdlib>

#include "broker/queue/queue_fixture.h"
#include "env/real/machine.h"

namespace millrace::broker {
namespace {

const std::string sample = std::string(MILLRACE_SOURCE_DIR) + "/tests/format/v1-queues";

class FormatTest : public QueueTest {
 protected:
  FormatTest() : QueueTest(1) {}

  void write_sample() {
    env::Machine machine(1);
    for (const auto& path : world.disk().paths()) {
      const std::string name = path.substr(path.rfind('/') + 1);
      if (name == "reserve" || name.starts_with("spare-")) continue;
      const auto content = env::read_all(world.core(0).files(), path);
      ASSERT_TRUE(env::replace(machine.files(), sample, name, as_bytes(*content)));
    }
  }

  void read_sample() {
    engine.reset();
    world.crash();
    world.restart();
    auto& files = world.core(0).files();
    for (const auto& path : world.disk().paths()) ASSERT_TRUE(files.remove(path));
    env::Machine machine(1);
    const auto names = machine.files().list(sample);
    ASSERT_TRUE(names.has_value()) << names.error().message;
    for (const auto& name : *names) {
      const auto content = env::read_all(machine.files(), sample + "/" + name);
      ASSERT_TRUE(env::replace(files, "/data/lane-0", name, as_bytes(*content)));
    }
    open();
  }
};

// What the sample holds: every kind of entry, some in the checkpoint, some after it, some in a segment.
TEST_F(FormatTest, TheSampleOfVersion1IsRead) {
  if (std::getenv("MILLRACE_WRITE_SAMPLE") != nullptr) {
    options.journal_file_bytes = 32 << 10;
    options.journal_chunk_bytes = 16 << 10;
    engine.reset();
    world.crash();
    world.restart();
    for (const auto& path : world.disk().paths()) (void)world.core(0).files().remove(path);
    open();
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
    write_sample();
  }
  read_sample();
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

}  // namespace
}  // namespace millrace::broker
