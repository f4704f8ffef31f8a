// A fixture that speaks a queue's verbs: one or more lanes of the real engine over the simulated machine.
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "broker/queue/queues.h"
#include "engine/engine.h"
#include "env/sim/world.h"
#include "log/store.h"

namespace millrace::broker {

class QueueTest : public testing::Test {
 protected:
  static constexpr auto patience = std::chrono::seconds(10);

  explicit QueueTest(std::size_t lanes = 2) : world({.seed = 7, .cores = 2}), lanes_(lanes) {
    options.journal_file_bytes = 256 << 10;
    options.journal_chunk_bytes = 64 << 10;
    if (lanes_ > 0) open();
  }

  // For tests that set options first: begins without lanes (lanes = 0), then with these.
  void reopen(std::size_t lanes) {
    lanes_ = lanes;
    open();
  }

  void open() {
    std::vector<env::Core*> cores = {&world.core(0), &world.core(1)};
    std::vector<std::shared_ptr<log::Store>> stores;
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      auto store = log::FileStore::open(world.core(0).files(), "/data/lane-" + std::to_string(lane));
      EXPECT_TRUE(store.has_value()) << store.error().message;
      stores.push_back(std::move(*store));
    }
    engine = std::make_unique<engine::Engine>(cores, stores, options, partition_factory());
    std::optional<Result<void>> started;
    engine->start([&](Result<void> result) { started = std::move(result); });
    until([&] { return started.has_value(); });
    ASSERT_TRUE(started->has_value()) << started->error().message;
  }

  // The power goes, and comes back.
  void crash_and_restart() {
    world.crash();
    world.restart();
    engine.reset();
    open();
  }

  void restart() {
    bool stopped = false;
    engine->stop([&] { stopped = true; });
    until([&] { return stopped; });
    crash_and_restart();
  }

  template <class Condition>
  void until(Condition condition) {
    const auto end = world.now() + patience;
    while (!condition() && world.now() < end) world.step();
    ASSERT_TRUE(condition()) << "nothing more happens";
  }

  void pass(Duration time) { world.run_for(time); }

  engine::Lane& lane_of(const std::string& key) { return engine->lane(engine->lane_of(key)); }
  Queue& queue(const std::string& key) {
    auto* found = find_queue(lane_of(key), key);
    EXPECT_NE(found, nullptr) << key;
    return *found;
  }

  void settle_all() {
    for (std::size_t i = 0; i < engine->lanes(); ++i)
      durable(engine->lane(engine::LaneId(static_cast<std::uint32_t>(i))));
  }
  void durable(engine::Lane& lane) {
    std::optional<Result<void>> result;
    lane.when_durable([&](Result<void> ok) { result = std::move(ok); });
    until([&] { return result.has_value(); });
    ASSERT_TRUE(result->has_value()) << result->error().message;
  }

  void make(const std::string& key, QueueConfig config = {}) {
    create_queue(lane_of(key), key, config);
    durable(lane_of(key));
  }

  static DedupDigest digest(const std::string& text) {
    DedupDigest out{};
    const auto hash = stable_hash(text);
    std::memcpy(out.data(), &hash, sizeof hash);
    return out;
  }

  struct Options {
    std::string group;
    std::string dedup;
    std::optional<Duration> delay;
  };
  Result<Sent> try_send(const std::string& key, const std::string& body, Options given = {}) {
    NewMessage message;
    message.message.body = body;
    message.message.group = given.group;
    message.message.dedup_id = given.dedup;
    message.delay = given.delay;
    if (!given.dedup.empty()) message.dedup = digest(given.dedup);
    const auto number = ++sent_;
    std::memcpy(message.message.id.data(), &number, sizeof number);
    return queue(key).send(message);
  }
  Sent send(const std::string& key, const std::string& body, Options given = {}) {
    auto sent = try_send(key, body, given);
    EXPECT_TRUE(sent.has_value());
    durable(lane_of(key));
    return *sent;
  }

  struct Got {
    std::string body;
    Receipt receipt;
    std::uint32_t count = 0;
    MessageId id{};
    std::string origin;
  };
  // Runs to the poller's answer, however long that takes.
  std::vector<Got> receive(const std::string& key, std::uint32_t count = 1, Duration wait = {},
                           std::optional<Duration> visibility = {}) {
    std::optional<Result<std::vector<Acquired>>> answer;
    queue(key).acquire({.count_max = count, .visibility = visibility, .wait = wait},
                       [&](Result<std::vector<Acquired>> got) { answer = std::move(got); });
    const auto end = world.now() + wait + patience;
    while (!answer && world.now() < end) world.step();
    EXPECT_TRUE(answer.has_value());
    std::vector<Got> got;
    if (!answer || !*answer) {
      ADD_FAILURE() << (answer ? answer->error().message : "no answer");
      return got;
    }
    for (const auto& message : **answer) {
      got.push_back({std::string(message.message.body), message.receipt, message.acquired_count, message.message.id,
                     std::string(message.message.origin)});
    }
    return got;
  }
  std::vector<std::string> bodies(const std::string& key, std::uint32_t count = 10) {
    std::vector<std::string> out;
    for (const auto& got : receive(key, count)) out.push_back(got.body);
    return out;
  }

  engine::LaneOptions options;
  env::sim::World world;
  std::unique_ptr<engine::Engine> engine;

 private:
  std::size_t lanes_;
  std::uint64_t sent_ = 0;
};

}  // namespace millrace::broker
