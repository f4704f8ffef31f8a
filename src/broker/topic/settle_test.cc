// What becomes of a publication that many queues hold once it leaves the journal: its body stands once in a segment, also
// when the segment is rewritten, and every queue reads it whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "broker/topic/topic_fixture.h"
#include "env/file.h"
#include "log/verify.h"

namespace millrace::broker {
namespace {

using std::chrono::minutes;
using Bodies = std::vector<std::string>;

class SettleTest : public TopicTest {
 protected:
  static constexpr std::size_t queues = 20;
  static constexpr std::size_t publications = 120;
  static constexpr std::size_t body_bytes = 2'000;

  SettleTest() : TopicTest(1) {
    make_topic("sns/t");
    for (std::size_t i = 0; i < queues; ++i) {
      make(key(i));
      subscribe("sns/t", key(i));
    }
  }

  static std::string key(std::size_t i) { return "sqs/" + std::to_string(i); }
  static std::string body(std::size_t i) {
    return std::to_string(i) + std::string(body_bytes, static_cast<char>('a' + i % 26));
  }
  void publish_all() {
    for (std::size_t i = 0; i < publications; ++i) publish("sns/t", body(i));
    arrive();
  }

  std::vector<std::string> segments() {
    std::vector<std::string> all;
    for (const auto& path : world.disk().paths()) {
      if (path.find("/segment-") != std::string::npos) all.push_back(path);
    }
    return all;
  }
  std::uint64_t segment_bytes() {
    std::uint64_t bytes = 0;
    for (const auto& path : segments()) bytes += env::read_all(world.core(0).files(), path)->size();
    return bytes;
  }
  std::size_t times_on_disk(const std::string& what) {
    std::size_t times = 0;
    for (const auto& path : segments()) {
      const auto content = env::read_all(world.core(0).files(), path);
      for (auto at = content->find(what); at != std::string::npos; at = content->find(what, at + what.size())) ++times;
    }
    return times;
  }

  void expect_sound() {
    auto store = log::FileStore::open_to_read(world.core(0).files(), "/data/lane-0");
    ASSERT_TRUE(store.has_value());
    const auto verified = log::verify(**store);
    ASSERT_TRUE(verified.has_value());
    for (const auto& finding : verified->findings) ADD_FAILURE() << finding.file << ": " << finding.what;
  }

  // Of the first publications, all but each fourth.
  void accept_most(std::size_t of) {
    std::vector<std::string> kept;
    for (auto got = receive(key(of), 10); !got.empty(); got = receive(key(of), 10)) {
      for (const auto& message : got) {
        if (std::stoul(message.body) % 4 == 0) continue;
        EXPECT_EQ(queue(key(of)).accept(message.receipt), AcceptOutcome::accepted);
      }
    }
  }
};

TEST_F(SettleTest, ABodyStandsOnceInASegment) {
  publish_all();
  restart();
  EXPECT_EQ(times_on_disk(body(77)), 1u);
  EXPECT_GT(segment_bytes(), publications * body_bytes);
  EXPECT_LT(segment_bytes(), 2 * publications * body_bytes);
  expect_sound();
  Bodies all;
  for (std::size_t i = 0; i < publications; ++i) all.push_back(body(i));
  std::ranges::sort(all);
  for (std::size_t i = 0; i < queues; ++i) {
    auto got = drain(key(i));
    std::ranges::sort(got);
    EXPECT_EQ(got, all) << key(i);
  }
}

TEST_F(SettleTest, WhatOneQueueAloneHoldsIsWrittenWithIt) {
  for (std::size_t i = 1; i < queues; ++i) topic("sns/t").erase(id_of(key(i)));
  publish_all();
  restart();
  EXPECT_EQ(times_on_disk(body(77)), 1u);
  EXPECT_EQ(drain(key(0)).size(), publications);
  EXPECT_TRUE(drain(key(1)).empty());
}

TEST_F(SettleTest, ARewrittenSegmentStillHoldsABodyOnce) {
  publish_all();
  restart();
  const auto before = segment_bytes();
  const auto written = lane_of("sns/t").stats().segments_written;
  for (std::size_t i = 0; i < queues; ++i) accept_most(i);
  settle_all();
  pass(minutes(30));
  ASSERT_GT(lane_of("sns/t").stats().segments_written, written) << "the test wants segments rewritten";
  restart();
  EXPECT_EQ(times_on_disk(body(76)), 1u);
  EXPECT_EQ(times_on_disk(body(77)), 0u);
  EXPECT_LT(segment_bytes(), before / 2);
  expect_sound();
  for (std::size_t i = 0; i < queues; ++i) {
    const auto got = drain(key(i));
    EXPECT_EQ(got.size(), publications / 4) << key(i);
    for (const auto& text : got) EXPECT_EQ(text, body(std::stoul(text)));
  }
}

// The queues that are left read the bodies that others have read before.
TEST_F(SettleTest, AQueueThatGoesTakesNoBodyWithIt) {
  publish_all();
  restart();
  for (std::size_t i = 0; i + 1 < queues; ++i) lane_of(key(i)).remove(queue(key(i)).id());
  settle_all();
  pass(minutes(30));
  crash_and_restart();
  EXPECT_EQ(drain(key(queues - 1)).size(), publications);
  expect_sound();
}

}  // namespace
}  // namespace millrace::broker
