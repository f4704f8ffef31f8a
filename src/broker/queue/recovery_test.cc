// What the lane beneath a queue promises when the disk fails, is full, or the server stops: nothing that was
// acknowledged is lost, and the lane serves again by itself.
#include <map>
#include <set>

#include "broker/queue/queue.h"
#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using env::sim::Effect;
using env::sim::Fault;
using env::sim::Operation;
using std::chrono::seconds;

class RecoveryTest : public QueueTest {
 protected:
  // Sends without waiting; notes what became durable.
  void send_and_note(const std::string& key, const std::string& body) {
    auto& lane = lane_of(key);
    if (!lane.serving()) return;
    if (!try_send(key, body)) return;
    tried.insert(body);
    lane.when_durable([this, body](Result<void> durable) {
      if (durable) acknowledged.insert(body);
    });
  }

  // Everything in the queue, accepted.
  std::multiset<std::string> drain(const std::string& key) {
    std::multiset<std::string> all;
    for (;;) {
      const auto got = receive(key, 10);
      if (got.empty()) return all;
      for (const auto& message : got) {
        all.insert(message.body.substr(0, message.body.find(' ')));
        EXPECT_EQ(queue(key).accept(message.receipt), AcceptOutcome::accepted);
      }
    }
  }

  void expect_nothing_lost(const std::string& key) {
    const auto all = drain(key);
    for (const auto& body : acknowledged) {
      EXPECT_EQ(all.count(body.substr(0, body.find(' '))), 1u) << body.substr(0, 20) << " was acknowledged";
    }
    for (const auto& body : all) EXPECT_EQ(all.count(body), 1u) << body << " came twice";
  }

  void wait_until_serving() {
    until([&] {
      for (std::uint32_t i = 0; i < engine->lanes(); ++i) {
        if (!engine->lane(engine::LaneId(i)).serving()) return false;
      }
      return true;
    });
  }

  std::size_t journal_files() const {
    std::size_t files = 0;
    for (const auto& path : const_cast<env::sim::World&>(world).disk().paths()) {
      files += path.find("/journal-") != std::string::npos ? 1 : 0;
    }
    return files;
  }

  std::set<std::string> tried;
  std::set<std::string> acknowledged;
};

TEST_F(RecoveryTest, WhatIsSentWhileTheServerStopsIsRefusedOrKept) {
  make("q");
  make("dead");
  int next = 0;
  for (; next < 5; ++next) send_and_note("q", std::to_string(next));
  bool stopped = false;
  engine->stop([&] { stopped = true; });
  until([&] {
    if (find_queue(lane_of("q"), "q") != nullptr) send_and_note("q", std::to_string(next++));
    return stopped;
  });
  crash_and_restart();
  EXPECT_EQ(queue("q").counts().ready, acknowledged.size());
  expect_nothing_lost("q");
}

TEST_F(RecoveryTest, DeadLettersOnTheirWayWhileTheServerStopsArrive) {
  const std::vector<std::string> targets = {"dead", "dead-2", "dead-3", "dead-4"};
  for (const auto& target : targets) {
    make(target);
    make(target + "-source", {.dead_letter = DeadLetterPolicy{.target = target, .acquired_max = 1}});
    for (int i = 0; i < 20; ++i) try_send(target + "-source", std::to_string(i));
    for (int i = 0; i < 20; ++i) queue(target + "-source").renew(receive(target + "-source").at(0).receipt, {});
  }
  for (const auto& target : targets) {
    queue(target + "-source").acquire({.count_max = 1}, [](const auto&) {});
  }
  restart();
  pass(seconds(5));
  for (const auto& target : targets) {
    // One that was still being read has stayed where it was.
    EXPECT_EQ(queue(target).counts().ready + queue(target + "-source").counts().ready, 20u);
    EXPECT_GE(queue(target).counts().ready, 19u);
  }
}

struct NthFault {
  Operation on;
  std::uint64_t nth;
};

class NthFaultTest : public RecoveryTest, public testing::WithParamInterface<NthFault> {};

std::vector<NthFault> faults() {
  std::vector<NthFault> all;
  for (const auto on : {Operation::write, Operation::sync, Operation::sync_directory, Operation::rename,
                        Operation::remove, Operation::create}) {
    for (std::uint64_t nth = 1; nth <= 12; ++nth) all.push_back({on, nth});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Faults, NthFaultTest, testing::ValuesIn(faults()), [](const auto& info) {
  std::string name(env::sim::name_of(info.param.on));
  std::ranges::replace(name, ' ', '_');
  return name + std::to_string(info.param.nth);
});

// One operation of the disk fails, whichever it is: the lane goes on by itself, loses nothing, and still settles.
TEST_P(NthFaultTest, LosesNothingAndGoesOn) {
  make("q");
  const std::string filler(4000, 'x');
  world.disk().set_faults({Fault{.effect = Effect::fail, .on = GetParam().on, .nth = GetParam().nth}});
  for (int i = 0; i < 600; ++i) {
    send_and_note("q", std::to_string(i) + " " + filler);
    if (i % 10 == 0) pass(Duration(5));
  }
  pass(seconds(5));
  wait_until_serving();
  world.disk().set_faults({});
  for (int i = 600; i < 700; ++i) {
    send_and_note("q", std::to_string(i) + " " + filler);
    if (i % 10 == 0) pass(Duration(5));
  }
  pass(seconds(5));
  wait_until_serving();
  EXPECT_TRUE(acknowledged.contains("699 " + filler));
  EXPECT_TRUE(lane_of("q").admits_new().has_value());
  EXPECT_LE(journal_files(), 8u) << "the journal is settled and recycled again";
  crash_and_restart();
  expect_nothing_lost("q");
  EXPECT_EQ(queue("q").counts().ready, 0u);
}

TEST_F(RecoveryTest, AFailureDuringSettlingDoesNotStopSettlingForEver) {
  make("q");
  const std::string filler(4000, 'x');
  for (int round = 0; round < 40; ++round) {
    // A write fails at a different moment of the background work each time.
    for (int i = 0; i < 60; ++i) {
      send_and_note("q", std::to_string(round * 1000 + i) + " " + filler);
      if (i % 10 == 0) pass(Duration(round % 7));
    }
    world.disk().set_faults({Fault{.effect = Effect::fail, .on = Operation::write, .path_part = "/journal-"}});
    send_and_note("q", std::to_string(round * 1000 + 999));
    pass(Duration(50));
    world.disk().set_faults({});
    pass(seconds(3));
    wait_until_serving();
  }
  EXPECT_LE(journal_files(), 8u);
  expect_nothing_lost("q");
}

// With durability `os` a power cut takes the latest entries of each lane, so what two lanes know of each other no longer
// fits. What is sent afterwards arrives all the same.
class PowerCutTest : public QueueTest, public testing::WithParamInterface<int> {
 protected:
  PowerCutTest() : QueueTest(0) {}
};

INSTANTIATE_TEST_SUITE_P(Rounds, PowerCutTest, testing::Range(1, 9));

TEST_P(PowerCutTest, DeadLettersArriveAfterPowerCutsWithoutSyncs) {
  options.durability = log::Durability::os;
  reopen(2);
  const std::vector<std::string> targets = {"dead", "dead-2", "dead-3", "dead-4"};
  const auto poison = [&](const std::string& body) {
    for (const auto& target : targets) {
      const std::string source = target + "-source";
      send(source, body);
      for (const auto& got : receive(source, 10)) queue(source).renew(got.receipt, {});
      queue(source).acquire({.count_max = 1, .visibility = Duration::zero()}, [](const auto&) {});
    }
  };
  for (const auto& target : targets) {
    make(target);
    make(target + "-source", {.dead_letter = DeadLetterPolicy{.target = target, .acquired_max = 1}});
  }
  pass(seconds(2));
  restart();
  for (int round = 0; round < GetParam(); ++round) {
    poison("early");
    pass(Duration(round * 7 % 60));
    crash_and_restart();
  }
  pass(seconds(3));
  for (int i = 0; i < 5; ++i) poison("late");
  pass(seconds(5));
  for (const auto& target : targets) {
    std::size_t late = 0;
    for (auto got = bodies(target); !got.empty(); got = bodies(target)) {
      late += static_cast<std::size_t>(std::ranges::count(got, "late"));
    }
    EXPECT_EQ(late, 5u) << target;
  }
}

TEST_F(RecoveryTest, AFullDiskRefusesNewMessagesAndNothingElse) {
  make("q");
  const std::string filler(2000, 'x');
  int sent = 0;
  for (; sent < 1000; ++sent) {
    send_and_note("q", std::to_string(sent) + " " + filler);
    if (sent % 10 == 0) pass(Duration(5));
  }
  pass(seconds(3));
  world.disk().set_capacity(world.disk().used());
  std::optional<Error> refused;
  for (int i = 0; i < 2000 && !refused; ++i) {
    auto tried_one = try_send("q", std::to_string(sent) + " " + filler);
    if (!tried_one) {
      refused = tried_one.error();
    } else {
      acknowledged.insert(std::to_string(sent++));
    }
    durable(lane_of("q"));
    pass(Duration(2));
  }
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, ErrorCode::disk_full);
  // Reading and deleting go on.
  int taken = 0;
  for (int i = 0; i < 10; ++i) {
    for (const auto& got : receive("q", 10)) {
      EXPECT_EQ(queue("q").accept(got.receipt), AcceptOutcome::accepted);
      acknowledged.erase(got.body);
      acknowledged.erase(got.body.substr(0, got.body.find(' ')));
      ++taken;
    }
    durable(lane_of("q"));
    pass(Duration(50));
  }
  EXPECT_EQ(taken, 100);
  EXPECT_EQ(lane_of("q").stats().recoveries, 0u);
  world.disk().set_capacity(UINT64_MAX);
  pass(seconds(3));
  send("q", "again");
}

TEST_F(RecoveryTest, AJournalThatRanOutServesAgainWhenThereIsRoom) {
  make("q");
  const std::string filler(2000, 'x');
  for (int i = 0; i < 500; ++i) {
    send_and_note("q", std::to_string(i) + " " + filler);
    if (i % 10 == 0) pass(Duration(5));
  }
  pass(seconds(3));
  world.disk().set_capacity(world.disk().used());
  // Renewals need room in the journal and free none.
  for (int i = 0; i < 500; ++i) {
    if (auto* found = find_queue(lane_of("q"), "q"); found != nullptr && lane_of("q").serving()) {
      found->acquire({.count_max = 1, .visibility = Duration::zero()}, [](const auto&) {});
    }
    pass(Duration(20));
  }
  EXPECT_GT(lane_of("q").stats().recoveries, 0u);
  world.disk().set_capacity(UINT64_MAX);
  pass(seconds(5));
  wait_until_serving();
  send("q", "again");
  acknowledged.insert("again");
  expect_nothing_lost("q");
}

}  // namespace
}  // namespace millrace::broker
