#include "aws/cloudwatch/summary.h"

#include <gtest/gtest.h>

#include <cmath>

#include "aws/cloudwatch/statistic_name.h"

namespace millrace::aws::cloudwatch {
namespace {

std::string encoded(const Summary& summary) {
  std::string bytes;
  ByteWriter out(bytes);
  summary.encode(out);
  return bytes;
}

Summary decoded(const std::string& bytes) {
  ByteReader in(bytes);
  Summary summary;
  EXPECT_TRUE(summary.decode(in));
  EXPECT_TRUE(in.done());
  return summary;
}

double figure(const Summary& summary, std::string_view name) {
  const auto statistic = parse_statistic(name);
  EXPECT_TRUE(statistic.has_value()) << name;
  return value_of(summary, *statistic).value_or(std::nan(""));
}

TEST(Summary, KnowsTheFiveFigures) {
  Summary summary;
  summary.add(3);
  summary.add(-1, 2);
  summary.add(10);
  EXPECT_EQ(figure(summary, "SampleCount"), 4);
  EXPECT_EQ(figure(summary, "Sum"), 11);
  EXPECT_EQ(figure(summary, "Average"), 2.75);
  EXPECT_EQ(figure(summary, "Minimum"), -1);
  EXPECT_EQ(figure(summary, "Maximum"), 10);
}

TEST(Summary, PercentilesAreOffByAHundredthAtMost) {
  Summary summary;
  for (int i = 1; i <= 1000; ++i) summary.add(i);
  for (const double percent : {1.0, 10.0, 50.0, 90.0, 99.0, 99.9}) {
    EXPECT_NEAR(*summary.percentile(percent), percent * 10, percent * 10 * 0.011) << percent;
  }
  EXPECT_EQ(summary.percentile(0), 1);
  EXPECT_EQ(summary.percentile(100), 1000);
}

TEST(Summary, PercentilesOfNegativeAndZeroAndTinyValues) {
  Summary summary;
  for (const double value : {-100.0, -1.0, 0.0, 1e-9, 5.0}) summary.add(value);
  EXPECT_NEAR(*summary.percentile(20), -100, 1.1);
  EXPECT_NEAR(*summary.percentile(40), -1, 0.011);
  EXPECT_EQ(*summary.percentile(60), 0);
  EXPECT_NEAR(*summary.percentile(80), 1e-9, 1.1e-11);
}

TEST(Summary, AStatisticSetHidesTheDistributionUnlessItIsOneValue) {
  Summary summary;
  summary.add_set(4, 20, 5, 5);
  EXPECT_EQ(summary.percentile(50), 5);
  summary.add_set(2, 30, 10, 20);
  EXPECT_EQ(summary.percentile(50), std::nullopt);
  EXPECT_EQ(summary.count(), 6);
  EXPECT_EQ(summary.sum(), 50);
  EXPECT_EQ(summary.max(), 20);
  // And so does one that is merged.
  Summary other;
  other.add(1);
  other.merge(summary);
  EXPECT_EQ(other.percentile(50), std::nullopt);
}

TEST(Summary, MergingIsAddingAll) {
  Summary a;
  Summary b;
  Summary all;
  for (int i = 0; i < 50; ++i) {
    a.add(i);
    b.add(1000 + i, 2);
    all.add(i);
    all.add(1000 + i, 2);
  }
  a.merge(b);
  EXPECT_EQ(a, all);
}

TEST(Summary, ManyDifferentValuesStayBounded) {
  Summary summary;
  double value = 1e-30;
  for (int i = 0; i < 5000; ++i) summary.add(value *= 1.03);
  EXPECT_LE(encoded(summary).size(), 64 + Summary::bins_max * 6);
  EXPECT_NEAR(*summary.percentile(99.9), value / std::pow(1.03, 5), value * 0.05);
}

TEST(Summary, IsStoredAndReadBack) {
  Summary one;
  one.add(5);
  Summary same;
  same.add(2.5, 7);
  Summary set;
  set.add_set(3, 10, 1.5, 6);
  Summary spread;
  for (const double value : {-3.0, 0.0, 1e12, 0.1}) spread.add(value, 3);
  for (const auto& summary : {one, same, set, spread}) EXPECT_EQ(decoded(encoded(summary)), summary);
  EXPECT_EQ(encoded(one).size(), 2u);  // whole numbers are short
}

TEST(Summary, DamagedBytesAreNotASummary) {
  Summary spread;
  spread.add(1);
  spread.add(100);
  const auto bytes = encoded(spread);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Summary read;
    ByteReader in(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(read.decode(in)) << size;
  }
  Summary read;
  const std::string unknown = "\x09\x02";
  ByteReader in(unknown);
  EXPECT_FALSE(read.decode(in));
}

TEST(StatisticName, OthersAreNotKnown) {
  for (const auto* name : {"average", "p", "p101", "p-1", "p1e1", "p5x", "tm90", "IQM", ""}) {
    EXPECT_FALSE(parse_statistic(name).has_value()) << name;
  }
  EXPECT_EQ(parse_statistic("p99.9")->percent, 99.9);
}

}  // namespace
}  // namespace millrace::aws::cloudwatch
