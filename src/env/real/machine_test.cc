#include "env/real/machine.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <set>
#include <thread>

namespace millrace::env {
namespace {

// Runs `start` on core 0 and the machine until something calls stop().
void run_machine(Machine& machine, Callback<void()> start) {
  machine.core(0).post(std::move(start));
  machine.run();
}

TEST(Machine, tasks_of_one_poster_run_in_order_and_not_inside_post) {
  Machine machine(1);
  Core& core = machine.core(0);
  std::vector<int> ran;
  run_machine(machine, [&] {
    core.post([&] { ran.push_back(2); });
    core.post([&] {
      ran.push_back(3);
      core.post([&] {
        ran.push_back(4);
        machine.stop();
      });
    });
    ran.push_back(1);
  });
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3, 4}));
}

TEST(Machine, many_threads_post_and_each_keeps_its_order) {
  constexpr int threads_count = 4;
  constexpr int tasks_each = 20'000;
  Machine machine(2);
  std::vector<int> next(threads_count, 0);
  int left = threads_count * tasks_each;
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_count; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < tasks_each; ++i) {
        machine.core(1).post([&, t, i] {
          EXPECT_EQ(next[static_cast<std::size_t>(t)]++, i);
          if (--left == 0) machine.stop();
        });
      }
    });
  }
  machine.run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(left, 0);
}

TEST(Machine, cores_run_on_threads_of_their_own) {
  Machine machine(2);
  std::thread::id first;
  std::thread::id second;
  run_machine(machine, [&] {
    first = std::this_thread::get_id();
    machine.core(1).post([&] {
      second = std::this_thread::get_id();
      machine.stop();
    });
  });
  EXPECT_EQ(first, std::this_thread::get_id());
  EXPECT_NE(first, second);
}

TEST(Machine, timers_run_in_order_of_deadline_and_not_early) {
  Machine machine(1);
  Core& core = machine.core(0);
  std::vector<int> ran;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  run_machine(machine, [&] {
    start = core.monotonic_ns();
    core.after(Duration(20), [&] {
      ran.push_back(3);
      end = core.monotonic_ns();
      machine.stop();
    });
    core.after(Duration(5), [&] { ran.push_back(2); });
    core.after(Duration(0), [&] { ran.push_back(1); });
    const TimerId cancelled = core.after(Duration(1), [&] { ran.push_back(9); });
    core.cancel(cancelled);
    core.cancel(TimerId{0});
  });
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
  EXPECT_GE(end - start, 20'000'000u);
}

TEST(Machine, a_nearer_timer_overtakes_one_that_is_armed) {
  Machine machine(1);
  Core& core = machine.core(0);
  bool far_ran = false;
  run_machine(machine, [&] {
    core.after(std::chrono::hours(24 * 365 * 1000), [&] { far_ran = true; });
    core.after(std::chrono::hours(1), [&] { far_ran = true; });
    core.post([&] { core.after(Duration(1), [&] { machine.stop(); }); });
  });
  EXPECT_FALSE(far_ran);
}

TEST(Machine, a_cancelled_timer_destroys_its_task_at_once) {
  Machine machine(1);
  auto witness = std::make_shared<int>();
  const TimerId timer = machine.core(0).after(Duration(1000), [witness] {});
  EXPECT_EQ(witness.use_count(), 2);
  machine.core(0).cancel(timer);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Machine, stopping_destroys_what_has_not_run) {
  auto witness = std::make_shared<int>();
  Machine machine(2);
  run_machine(machine, [&, witness] {
    machine.core(0).after(std::chrono::hours(1), [witness] {});
    machine.core(1).post([&, witness] {
      machine.stop();
      // Each of these leads to another one when it is destroyed.
      struct Poster {
        Core* core;
        std::shared_ptr<int> held;
        Poster(Core& c, std::shared_ptr<int> h) : core(&c), held(std::move(h)) {}
        Poster(Poster&& other) noexcept : core(std::exchange(other.core, nullptr)), held(std::move(other.held)) {}
        ~Poster() {
          if (core != nullptr) core->post([held = held] {});
        }
        void operator()() {}
      };
      machine.core(0).after(Duration(0), [] {});
      machine.core(1).post(Poster(machine.core(0), witness));
    });
  });
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Machine, random_bytes_are_not_repeated) {
  Machine machine(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(machine.core(0).random_u64());
  EXPECT_EQ(seen.size(), 10'000u);
  std::vector<std::byte> large(100'000);
  machine.core(0).random(large);
  EXPECT_NE(large, std::vector<std::byte>(100'000));
}

TEST(Machine, now_is_the_wall_clock) {
  Machine machine(1);
  const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  EXPECT_GE(machine.core(0).now(), before);
  EXPECT_LE(machine.core(0).now(), std::chrono::system_clock::now());
}

TEST(Machine, now_is_read_again_in_a_later_turn) {
  Machine machine(1);
  Core& core = machine.core(0);
  Time first;
  Time second;
  run_machine(machine, [&] {
    first = core.now();
    core.after(Duration(3), [&] {
      second = core.now();
      machine.stop();
    });
  });
  EXPECT_GE(second - first, Duration(2));
}

TEST(Machine, offloaded_work_runs_elsewhere_and_its_end_here) {
  Machine machine(2, {.offload_threads = 2});
  std::thread::id worker;
  std::thread::id finisher;
  run_machine(machine, [&] {
    machine.core(0).offload([&] { worker = std::this_thread::get_id(); },
                            [&] {
                              finisher = std::this_thread::get_id();
                              machine.stop();
                            });
  });
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(finisher, std::this_thread::get_id());
}

TEST(Machine, offloaded_work_uses_several_threads_and_never_more_than_the_limit) {
  constexpr int works = 200;
  Machine machine(1, {.offload_threads = 3});
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  int left = works;
  run_machine(machine, [&] {
    for (int i = 0; i < works; ++i) {
      machine.core(0).offload(
          [&] {
            const int now = ++at_once;
            int seen = most;
            while (seen < now && !most.compare_exchange_weak(seen, now)) {}
            // The first works wait for one another, which a pool of one thread would never finish.
            while (most < 2) std::this_thread::yield();
            --at_once;
          },
          [&] {
            if (--left == 0) machine.stop();
          });
    }
  });
  EXPECT_GE(most, 2);
  EXPECT_LE(most, 3);
}

TEST(Machine, signals_are_delivered_on_core_0) {
  Machine machine(2);
  int signals = 0;
  machine.on_signal([&] {
    if (++signals == 2) return machine.stop();
    ::kill(::getpid(), SIGINT);
  });
  run_machine(machine, [] { ::kill(::getpid(), SIGTERM); });
  EXPECT_EQ(signals, 2);
}

}  // namespace
}  // namespace millrace::env
