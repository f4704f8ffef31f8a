// Messages that a worker gives up and sends to another queue.
#include <set>

#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

class Diverting : public QueueTest {
 protected:
  Result<void> divert(const std::string& key, const Receipt& receipt, const std::string& target) {
    auto ok = queue(key).divert(receipt, target, "given up");
    if (ok) durable(lane_of(key));
    return ok;
  }
  std::optional<Message> first_of(const std::string& key, std::string& memory) {
    std::optional<Message> message;
    queue(key).acquire({}, [&](Result<std::vector<Acquired>> got) {
      if (!got || got->empty()) return;
      memory = std::string(got->front().message.body) + '|' + std::string(got->front().message.delivery) + '|' +
               std::string(got->front().message.origin) + '|' + std::to_string(got->front().acquired_count);
      message = got->front().message;
    });
    pass(std::chrono::seconds(1));
    return message;
  }
};

TEST_F(Diverting, ItArrivesOnceWithItsWordsAndANewAge) {
  make("q");
  make("dead");
  send("q", "a");
  pass(std::chrono::hours(1));
  const auto got = receive("q");
  ASSERT_TRUE(divert("q", got.at(0).receipt, "dead").has_value());
  pass(std::chrono::seconds(2));
  EXPECT_EQ(queue("q").counts().in_flight + queue("q").counts().ready, 0u);
  const Time before = world.now();
  std::string memory;
  const auto message = first_of("dead", memory);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(memory, "a|given up||1");
  EXPECT_LT(before - message->sent, std::chrono::seconds(10));
  EXPECT_EQ(queue("dead").counts().in_flight, 1u);
}

TEST_F(Diverting, AReceiptCountsOnlyWhileItIsTheLast) {
  make("q", {.visibility = std::chrono::seconds(1)});
  make("dead");
  send("q", "a");
  const auto first = receive("q").at(0).receipt;
  const auto second = receive("q", 1, std::chrono::seconds(5), std::chrono::hours(1)).at(0).receipt;
  ASSERT_TRUE(divert("q", first, "dead").has_value());
  pass(std::chrono::seconds(2));
  EXPECT_EQ(queue("dead").counts().ready, 0u);
  ASSERT_TRUE(divert("q", second, "dead").has_value());
  EXPECT_EQ(queue("q").accept(second), AcceptOutcome::gone) << "it is on its way";
  ASSERT_TRUE(divert("q", second, "dead").has_value()) << "and goes once";
  pass(std::chrono::seconds(2));
  EXPECT_EQ(queue("dead").counts().ready, 1u);
}

TEST_F(Diverting, WithoutATargetItIsLostAndCounted) {
  make("q");
  send("q", "a");
  const auto got = receive("q");
  EXPECT_EQ(queue("q").diverted_lost(), 0u);
  ASSERT_TRUE(divert("q", got.at(0).receipt, "nowhere").has_value());
  pass(std::chrono::seconds(2));
  EXPECT_EQ(queue("q").diverted_lost(), 1u);
  restart();
  EXPECT_TRUE(bodies("q").empty());
}

// The power goes at any moment: each message is here or there, and never twice.
TEST_F(Diverting, ExactlyOnceOverCrashes) {
  make("q");
  make("dead");
  constexpr int count = 40;
  for (int i = 0; i < count; ++i) send("q", "m" + std::to_string(i));
  for (int round = 0; round < 20; ++round) {
    for (const auto& got : receive("q", 10, {}, std::chrono::seconds(1))) {
      ASSERT_TRUE(queue("q").divert(got.receipt, "dead", "given up").has_value());
    }
    for (int step = 0; step < round * 3; ++step) world.step();
    crash_and_restart();
    pass(std::chrono::seconds(2));
  }
  pass(std::chrono::seconds(5));
  std::set<std::string> arrived;
  for (auto got = receive("dead", 10); !got.empty(); got = receive("dead", 10)) {
    for (const auto& each : got) {
      EXPECT_TRUE(arrived.insert(each.body).second) << each.body << " came twice";
      queue("dead").accept(each.receipt);
    }
  }
  EXPECT_EQ(arrived.size() + queue("q").counts().ready + queue("q").counts().in_flight,
            static_cast<std::size_t>(count));
}

}  // namespace
}  // namespace millrace::broker
