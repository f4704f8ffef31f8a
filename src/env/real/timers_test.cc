#include "env/real/timers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace millrace::env {
namespace {

// Runs everything due at `now` and returns what ran, in order.
std::vector<int> run_due(Timers& timers, std::uint64_t now, std::vector<int>& ran) {
  ran.clear();
  const auto mark = timers.mark();
  while (auto task = timers.take_due(now, mark)) task();
  return ran;
}

TEST(Timers, run_by_deadline_and_then_in_the_order_they_were_added) {
  Timers timers;
  std::vector<int> ran;
  for (const auto& [deadline, name] : std::vector<std::pair<std::uint64_t, int>>{{30, 1}, {10, 2}, {20, 3}, {10, 4}}) {
    timers.add(deadline, [&ran, copy = name] { ran.push_back(copy); });
  }
  EXPECT_EQ(timers.earliest(), 10u);
  EXPECT_EQ(run_due(timers, 9, ran), std::vector<int>{});
  EXPECT_EQ(run_due(timers, 20, ran), (std::vector<int>{2, 4, 3}));
  EXPECT_EQ(run_due(timers, 100, ran), (std::vector<int>{1}));
  EXPECT_EQ(timers.earliest(), Timers::never);
}

TEST(Timers, one_added_while_others_run_waits_for_the_next_round) {
  Timers timers;
  std::vector<int> ran;
  timers.add(5, [&] {
    ran.push_back(1);
    timers.add(5, [&] { ran.push_back(2); });
  });
  EXPECT_EQ(run_due(timers, 5, ran), std::vector<int>{1});
  EXPECT_EQ(run_due(timers, 5, ran), std::vector<int>{2});
}

TEST(Timers, a_cancelled_one_gives_its_task_back_once) {
  Timers timers;
  const TimerId timer = timers.add(5, [] {});
  EXPECT_TRUE(timers.cancel(timer));
  EXPECT_FALSE(timers.cancel(timer));
  EXPECT_FALSE(timers.cancel(TimerId{0}));
  EXPECT_EQ(timers.size(), 0u);
}

TEST(Timers, an_id_is_not_reused_with_its_slot) {
  Timers timers;
  const TimerId old = timers.add(5, [] {});
  timers.cancel(old);
  const TimerId fresh = timers.add(5, [] {});
  EXPECT_NE(old, fresh);
  EXPECT_FALSE(timers.cancel(old));
  EXPECT_EQ(timers.size(), 1u);
}

TEST(Timers, many_added_and_cancelled_in_any_order_run_as_a_sorted_map_would) {
  Timers timers;
  std::mt19937_64 random(7);
  std::map<std::pair<std::uint64_t, int>, TimerId> model;
  std::vector<int> ran;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t deadline = random() % 1000;
    model[{deadline, i}] = timers.add(deadline, [&ran, i] { ran.push_back(i); });
    if (random() % 3 == 0) {
      auto any = model.lower_bound({random() % 1000, 0});
      if (any != model.end()) {
        EXPECT_TRUE(timers.cancel(any->second));
        model.erase(any);
      }
    }
    EXPECT_EQ(timers.earliest(), model.empty() ? Timers::never : model.begin()->first.first);
  }
  std::vector<int> expected;
  for (const auto& [key, timer] : model) expected.push_back(key.second);
  EXPECT_EQ(run_due(timers, 1000, ran), expected);
}

}  // namespace
}  // namespace millrace::env
