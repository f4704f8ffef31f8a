#include "env/sim/world.h"

#include <gtest/gtest.h>

#include <array>

namespace millrace::env::sim {
namespace {

// Some work of every kind on two cores; returns the order in which it ran.
std::string run_some(World& world) {
  std::string order;
  for (std::size_t index = 0; index < 2; ++index) {
    Core& core = world.core(index);
    const char name = static_cast<char>('a' + index);
    for (int task = 0; task < 8; ++task) {
      core.post([&order, name, task] { order += {name, static_cast<char>('0' + task), ' '}; });
    }
    core.after(Duration(5), [&order, name] { order += {name, 't', ' '}; });
    core.offload([&order, name] { order += {name, 'w', ' '}; }, [&order, name] { order += {name, 'd', ' '}; });
  }
  EXPECT_TRUE(world.run_for(Duration(100)));
  return order;
}

std::string of_core(const std::string& order, char core) {
  std::string mine;
  for (std::size_t at = 0; at < order.size(); at += 3) {
    if (order[at] == core && order[at + 1] >= '0' && order[at + 1] <= '9') mine += order[at + 1];
  }
  return mine;
}

TEST(World, ASeedIsARun) {
  World first({.seed = 7}), second({.seed = 7}), third({.seed = 8});
  const auto order = run_some(first);
  EXPECT_EQ(run_some(second), order);
  EXPECT_EQ(first.trace_hash(), second.trace_hash());
  EXPECT_NE(run_some(third), order);
  EXPECT_NE(first.trace_hash(), third.trace_hash());
  EXPECT_EQ(of_core(order, 'a'), "01234567") << "a core keeps the order of its tasks";
  EXPECT_EQ(of_core(order, 'b'), "01234567");
}

TEST(World, TimersFollowTheVirtualClock) {
  World world({.seed = 1});
  Core& core = world.core(0);
  std::vector<int> fired;
  const Time start = world.now();
  core.after(Duration(3'600'000), [&] { fired.push_back(2); });
  core.after(Duration(1000), [&] { fired.push_back(1); });
  const TimerId cancelled = core.after(Duration(2000), [&] { fired.push_back(9); });
  core.after(Duration(2000), [&] { core.cancel(cancelled); });
  core.cancel(core.after(Duration(10), [&] { fired.push_back(9); }));
  core.cancel(cancelled);
  EXPECT_TRUE(world.run_for(Duration(999)));
  EXPECT_TRUE(fired.empty());
  EXPECT_TRUE(world.run_for(Duration(3'600'000)));
  EXPECT_EQ(fired, (std::vector{1, 2}));
  EXPECT_EQ(world.now() - start, Duration(3'600'999));
}

struct SimMachine : testing::Test {
  World world{{.seed = 3, .cores = 1, .crash_mode = CrashMode::drop}};
  alignas(direct_alignment) std::array<std::byte, direct_alignment> page{};

  std::unique_ptr<File> open() {
    auto file = world.disk().mount().open("journal", {.write = true, .create = true, .direct = true});
    EXPECT_TRUE(world.disk().mount().sync_directory(""));
    return std::move(*file);
  }
  std::size_t durable_size() {
    if (!world.crashed()) world.crash();
    return static_cast<std::size_t>(world.disk().size_of("journal").value_or(0));
  }
};

TEST_F(SimMachine, WritesCompleteLaterAndAreDurableThen) {
  auto file = open();
  bool done = false;
  world.core(0).write(*file, 0, page, true, [&](Result<void> result) { done = result.has_value(); });
  EXPECT_FALSE(done);
  EXPECT_TRUE(world.run_for(Duration(10)));
  EXPECT_TRUE(done);
  EXPECT_EQ(durable_size(), direct_alignment);
}

TEST_F(SimMachine, ACrashLosesWritesUnderWay) {
  auto file = open();
  bool done = false;
  world.core(0).write(*file, 0, page, true, [&](Result<void>) { done = true; });
  EXPECT_EQ(durable_size(), 0u);
  world.restart();
  EXPECT_TRUE(world.run_for(Duration(10)));
  EXPECT_FALSE(done) << "tasks of the dead machine never run";
}

TEST_F(SimMachine, AcknowledgingEarlyIsSeen) {
  world.defects.acknowledge_early = true;
  auto file = open();
  bool done = false;
  world.core(0).write(*file, 0, page, true, [&](Result<void>) { done = true; });
  while (!done) ASSERT_EQ(world.step(), World::Step::ran);
  EXPECT_EQ(durable_size(), 0u);
}

TEST_F(SimMachine, FaultsReachTheWriter) {
  auto file = open();
  world.disk().set_faults({{.effect = Effect::fail, .on = Operation::sync}});
  ErrorCode code{};
  world.core(0).write(*file, 0, page, true, [&](Result<void> result) { code = result.error().code; });
  EXPECT_TRUE(world.run_for(Duration(10)));
  EXPECT_EQ(code, ErrorCode::io);
}

TEST_F(SimMachine, ACrashInsideOffloadedWorkStopsTheMachine) {
  world.disk().set_faults({{.effect = Effect::crash, .on = Operation::create, .path_part = "victim"}});
  bool done = false, destroyed = false;
  struct Sentinel {
    bool* flag;
    ~Sentinel() { *flag = true; }
  };
  auto sentinel = std::make_unique<Sentinel>(&destroyed);
  Core& core = world.core(0);
  core.offload([&core] { (void)core.files().open("victim", {.write = true, .create = true}); },
               [&done, sentinel = std::move(sentinel)] { done = true; });
  EXPECT_FALSE(world.run_for(Duration(100)));
  EXPECT_TRUE(world.crashed());
  EXPECT_TRUE(destroyed) << "what can no longer run is destroyed";
  EXPECT_FALSE(done);
  core.post([] { FAIL(); });
  world.restart();
  EXPECT_EQ(world.generation(), 2u);
  EXPECT_TRUE(world.run_for(Duration(10)));
}

}  // namespace
}  // namespace millrace::env::sim
