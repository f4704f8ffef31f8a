#include "broker/queue/queue_fixture.h"

namespace millrace::broker {
namespace {

using metrics::Kind;
using metrics::Metric;

constexpr auto minute = std::chrono::seconds(61);  // the sweep's, and a little

class QueueMeasureTest : public QueueTest {
 protected:
  const metrics::Series* series(const std::string& key) { return lane_of(key).metrics().find(Kind::queue, key); }
  std::uint64_t last(const std::string& key, Metric metric) { return series(key)->total(metric).last; }
};

TEST_F(QueueMeasureTest, EveryMinuteAQueueIsMeasured) {
  make("a");
  send("a", "one");
  pass(std::chrono::seconds(100));
  send("a", "two");
  send("a", "later", {.delay = std::chrono::seconds(900)});
  receive("a", 1, {}, std::chrono::hours(1));
  pass(minute);
  ASSERT_NE(series("a"), nullptr);
  EXPECT_EQ(last("a", Metric::messages_visible), 1u);
  EXPECT_EQ(last("a", Metric::messages_not_visible), 1u);
  EXPECT_EQ(last("a", Metric::messages_delayed), 1u);
  EXPECT_GE(last("a", Metric::age_of_oldest_message), 100u);
  EXPECT_LE(last("a", Metric::age_of_oldest_message), 162u);
  const auto samples = series("a")->total(Metric::messages_visible).count;
  pass(minute * 10);
  EXPECT_NEAR(static_cast<double>(series("a")->total(Metric::messages_visible).count - samples), 12, 1);
}

TEST_F(QueueMeasureTest, AnEmptyQueueIsMeasuredForSixHoursAfterItsLastCall) {
  make("a");
  pass(minute);
  EXPECT_EQ(series("a"), nullptr);
  send("a", "one");
  pass(minute);
  queue("a").accept(receive("a").front().receipt);
  pass(minute);
  EXPECT_EQ(last("a", Metric::messages_visible), 0u);
  EXPECT_EQ(last("a", Metric::age_of_oldest_message), 0u);
  pass(std::chrono::hours(6));
  const auto samples = series("a")->total(Metric::messages_visible).count;
  EXPECT_GT(samples, 350u);
  pass(std::chrono::hours(1));
  EXPECT_EQ(series("a")->total(Metric::messages_visible).count, samples);
  // A call counts, whatever it found.
  queue("a").series(Kind::queue).add(Metric::number_of_empty_receives, 1, lane_of("a").now());
  pass(minute);
  EXPECT_EQ(series("a")->total(Metric::messages_visible).count, samples + 1);
}

TEST_F(QueueMeasureTest, TheOldestIsFoundInLineAndOutOfIt) {
  make("a");
  EXPECT_EQ(queue("a").oldest(), std::nullopt);
  const Time first = world.now();
  send("a", "one");
  pass(std::chrono::seconds(10));
  const Time second = world.now();
  send("a", "two");
  EXPECT_NEAR(static_cast<double>(to_ms(*queue("a").oldest())), static_cast<double>(to_ms(first)), 1000);
  // In somebody's hands it is still the oldest; deleted it is not.
  const auto got = receive("a");
  EXPECT_NEAR(static_cast<double>(to_ms(*queue("a").oldest())), static_cast<double>(to_ms(first)), 1000);
  queue("a").accept(got.front().receipt);
  EXPECT_NEAR(static_cast<double>(to_ms(*queue("a").oldest())), static_cast<double>(to_ms(second)), 1000);
}

TEST_F(QueueMeasureTest, TheOldestIsKnownWhenItIsOnDiskOnly) {
  make("a");
  const Time first = world.now();
  send("a", "one");
  const std::string filler(20'000, 'x');
  for (int i = 0; i < 60; ++i) send("a", filler);
  pass(minute * 2);
  restart();
  pass(minute);
  EXPECT_NEAR(static_cast<double>(to_ms(queue("a").oldest().value_or(Time{}))), static_cast<double>(to_ms(first)),
              1000);
}

TEST_F(QueueMeasureTest, WhatWasCountedOutlivesALaneThatRecovers) {
  make("a");
  send("a", "one");
  queue("a").series(Kind::queue).add(Metric::number_of_messages_sent, 1, lane_of("a").now());
  world.disk().set_faults(
      {env::sim::Fault{.effect = env::sim::Effect::fail, .on = env::sim::Operation::write, .path_part = "/journal-"}});
  std::ignore = try_send("a", "two");
  pass(std::chrono::seconds(5));
  EXPECT_GE(lane_of("a").stats().recoveries, 1u);
  EXPECT_EQ(series("a")->total(Metric::number_of_messages_sent).sum, 1u);
  queue("a").series(Kind::queue).add(Metric::number_of_messages_sent, 1, lane_of("a").now());
  EXPECT_EQ(series("a")->total(Metric::number_of_messages_sent).sum, 2u);
}

}  // namespace
}  // namespace millrace::broker
