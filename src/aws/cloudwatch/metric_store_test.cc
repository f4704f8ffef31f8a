#include "aws/cloudwatch/metric_store.h"

#include <gtest/gtest.h>

#include "aws/cloudwatch/metric_name.h"
#include "broker/queue/queue_fixture.h"

namespace millrace::aws::cloudwatch {
namespace {

const MetricName latency{"App", "Latency", {{"Host", "a"}, {"Path", "/x"}}};

TEST(MetricName, TextKeepsEveryPart) {
  const auto named = from_text(to_text(latency, "Milliseconds"));
  ASSERT_TRUE(named.has_value());
  EXPECT_EQ(named->metric, latency);
  EXPECT_EQ(named->unit, "Milliseconds");
  const MetricName plain{"App", "Count", {}};
  EXPECT_EQ(from_text(to_text(plain, "None"))->metric, plain);
  EXPECT_TRUE(to_text(latency, "None").starts_with(to_prefix(latency)));
  EXPECT_FALSE(from_text("App").has_value());
  EXPECT_FALSE(from_text(to_prefix(latency).substr(0, 12)).has_value());
}

class MetricStoreTest : public broker::QueueTest {
 protected:
  static constexpr std::string_view key = "cloudwatch/us-east-1/000000000000";

  MetricStoreTest() : now(metrics::minute_of(from_ms(1'800'000'000'000))) { limits.metrics_max = 30; }

  broker::Table& table() { return *broker::open_table(lane_of(std::string(key)), std::string(key)); }

  Result<void> put(const std::string& metric, Minute minute, double value) {
    Datum datum{.metric = to_text({"App", metric, {}}, "None"), .minute = minute, .values = {}};
    datum.values.add(value);
    MetricStore store(table(), limits);
    auto result = store.put(std::span(&datum, 1), now, cursor);
    return result;
  }

  std::map<Minute, double> sums(const std::string& metric, Minute from, Minute to) {
    std::map<Minute, double> found;
    MetricStore(table(), limits)
        .read(to_text({"App", metric, {}}, "None"), from, to,
              [&](Minute minute, const Summary& values) { found[minute] += values.sum(); });
    return found;
  }

  std::size_t entries(char mark) {
    return static_cast<std::size_t>(
        std::ranges::count_if(table().entries(), [&](const auto& entry) { return entry.first[0] == mark; }));
  }

  std::vector<std::string> names() {
    std::vector<std::string> found;
    MetricStore(table(), limits).each({}, [&](std::string_view metric, Minute) {
      found.push_back(from_text(metric)->metric.name);
      return true;
    });
    return found;
  }

  Limits limits = aws_limits;
  Minute now;
  std::string cursor;
};

TEST_F(MetricStoreTest, ValuesOfAMinuteAreOneSummary) {
  ASSERT_TRUE(put("a", now, 1).has_value());
  ASSERT_TRUE(put("a", now, 2).has_value());
  ASSERT_TRUE(put("a", now + Minutes(1), 4).has_value());
  ASSERT_TRUE(put("b", now, 8).has_value());
  EXPECT_EQ(sums("a", now, now + Minutes(2)), (std::map<Minute, double>{{now, 3}, {now + Minutes(1), 4}}));
  EXPECT_EQ(sums("a", now, now + Minutes(1)).size(), 1u);
  EXPECT_EQ(sums("a", now + Minutes(1), now + Minutes(2)).size(), 1u);
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(sums("c", now, now + Minutes(2)).empty());
}

TEST_F(MetricStoreTest, HoursThatAreOverArePackedAndReadTheSame) {
  std::map<Minute, double> expected;
  const Minute begin = now;
  for (int minute = 0; minute < 200; ++minute, now += Minutes(1)) {
    ASSERT_TRUE(put("a", now, minute).has_value());
    expected[now] = minute;
  }
  EXPECT_EQ(sums("a", begin, now), expected);
  EXPECT_LE(entries('b'), 60u);
  EXPECT_EQ(entries('h'), 3u);
  // Late values of a packed hour join what is there.
  ASSERT_TRUE(put("a", begin + Minutes(5), 1000).has_value());
  ASSERT_TRUE(put("a", begin + Minutes(5), 1000).has_value());
  expected[begin + Minutes(5)] += 2000;
  EXPECT_EQ(sums("a", begin, now), expected);
}

TEST_F(MetricStoreTest, OldMinutesAndTheirMetricsGo) {
  const Minute begin = now;
  ASSERT_TRUE(put("old", now, 1).has_value());
  ASSERT_TRUE(put("kept", now, 1).has_value());
  now += Minutes(16 * 24 * 60);
  ASSERT_TRUE(put("kept", now, 2).has_value());
  ASSERT_TRUE(put("kept", now, 2).has_value());
  EXPECT_EQ(names(), std::vector<std::string>{"kept"});
  EXPECT_TRUE(sums("kept", begin, begin + Minutes(60)).empty());
  EXPECT_EQ(sums("kept", now, now + Minutes(1)).at(now), 4);
  EXPECT_EQ(entries('b') + entries('h'), 1u);
}

TEST_F(MetricStoreTest, ThereAreOnlySoManyMetricsAndOldOnesMakeRoom) {
  for (std::size_t i = 0; i < limits.metrics_max; ++i) ASSERT_TRUE(put(std::to_string(i), now, 1).has_value());
  const auto refused = put("one more", now, 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::over_limit);
  EXPECT_EQ(names().size(), limits.metrics_max);
  // What is there takes values.
  EXPECT_TRUE(put("3", now, 1).has_value());
  now += Minutes(16 * 24 * 60);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(put("3", now, 1).has_value());
  EXPECT_TRUE(put("one more", now, 1).has_value());
}

TEST_F(MetricStoreTest, SurvivesAPowerCut) {
  ASSERT_TRUE(put("a", now, 1).has_value());
  durable(lane_of(std::string(key)));
  crash_and_restart();
  EXPECT_EQ(sums("a", now, now + Minutes(1)).at(now), 1);
  ASSERT_TRUE(put("a", now, 2).has_value());
  EXPECT_EQ(sums("a", now, now + Minutes(1)).at(now), 3);
}

}  // namespace
}  // namespace millrace::aws::cloudwatch
