#include <gtest/gtest.h>

#include <set>

#include "metrics/table.h"

namespace millrace::metrics {
namespace {

constexpr std::string_view key = "sqs/us-east-1/000000000000/orders";
const Time start = from_ms(1'800'000'000'000);  // on the minute
static_assert(1'800'000'000 % 60 == 0);
constexpr auto sent = Metric::number_of_messages_sent;
constexpr auto size = Metric::sent_message_size;

Time after(std::int64_t seconds) { return start + std::chrono::seconds(seconds); }

std::vector<Bucket> read(const Series& series, Metric metric, Time from, Time to) {
  std::vector<Bucket> buckets;
  series.read(metric, minute_of(from), minute_of(to), [&](const Bucket& bucket) { buckets.push_back(bucket); });
  return buckets;
}

Bucket bucket(std::int64_t seconds, std::uint64_t sum, std::uint64_t count, std::uint64_t min, std::uint64_t max) {
  return {minute_of(after(seconds)), {.sum = sum, .count = count, .min = min, .max = max}};
}

TEST(Facts, NamesAreThereOnceForEachKind) {
  std::set<std::pair<Kind, std::string_view>> names;
  std::set<std::string_view> prometheus;
  for (const auto& facts : all_facts()) {
    EXPECT_TRUE(names.emplace(facts.kind, facts.name).second) << facts.name;
    EXPECT_TRUE(prometheus.insert(facts.prometheus).second) << facts.prometheus;
    EXPECT_FALSE(facts.help.empty());
  }
  EXPECT_EQ(facts_of(Kind::shard).front().name, "IncomingBytes");
  EXPECT_EQ(facts_of(Kind::consumer).back().name, "SubscribeToShardEvent.Success");
}

TEST(Series, TotalsAndTheRunningMinute) {
  Table table;
  const auto series = table.open(Kind::queue, key);
  EXPECT_FALSE(series->has(size));
  series->add(size, 100, after(0));
  series->add(size, 300, after(59));
  EXPECT_EQ(series->total(size), (Total{.sum = 400, .count = 2, .last = 300}));
  EXPECT_EQ(series->total(sent), Total{});
  EXPECT_TRUE(series->has(size));
  EXPECT_FALSE(series->has(sent));
  EXPECT_EQ(read(*series, size, after(0), after(60)), (std::vector{bucket(0, 400, 2, 100, 300)}));
  EXPECT_TRUE(read(*series, size, after(60), after(120)).empty());
}

TEST(Series, MinutesThatAreOverStayAsTheyWere) {
  Table table;
  const auto series = table.open(Kind::queue, key);
  series->add(size, 7, after(0));
  series->add(sent, 1, after(0));
  series->add(size, 5, after(60));
  series->add(size, 6, after(61));
  series->add(sent, 1, after(180));
  EXPECT_EQ(read(*series, size, after(0), after(600)), (std::vector{bucket(0, 7, 1, 7, 7), bucket(60, 11, 2, 5, 6)}));
  EXPECT_EQ(read(*series, sent, after(0), after(600)), (std::vector{bucket(0, 1, 1, 1, 1), bucket(180, 1, 1, 1, 1)}));
  // From is inside, to is not.
  EXPECT_EQ(read(*series, size, after(60), after(120)).size(), 1u);
  EXPECT_EQ(read(*series, size, after(0), after(60)).size(), 1u);
  EXPECT_EQ(series->total(size).sum, 18u);
  EXPECT_EQ(series->latest(), minute_of(after(180)));
}

TEST(Series, TimeThatStandsStillOrGoesBackCountsInTheRunningMinute) {
  Table table;
  const auto series = table.open(Kind::queue, key);
  series->add(sent, 1, after(60));
  series->add(sent, 1, after(0));
  EXPECT_EQ(read(*series, sent, after(0), after(600)), (std::vector{bucket(60, 2, 2, 1, 1)}));
}

TEST(Series, OlderMinutesAreFoldedIntoFive) {
  Table table;
  const auto series = table.open(Kind::queue, key);
  const auto begin = std::chrono::floor<std::chrono::days>(start) - start;  // on the day, so that hours are aligned
  const auto offset = std::chrono::duration_cast<std::chrono::seconds>(begin).count();
  for (int minute = 0; minute < 300; ++minute) series->add(size, 10 + minute % 5, after(offset + minute * 60));
  const Time now = after(offset + 300 * 60);
  series->age(minute_of(now));
  const auto buckets = read(*series, size, after(offset), now);
  // Two hours are older than three: 24 buckets of five minutes, and 180 of one.
  ASSERT_EQ(buckets.size(), 24u + 180u);
  EXPECT_EQ(buckets[0], bucket(offset, 60, 5, 10, 14));
  EXPECT_EQ(buckets[23], bucket(offset + 115 * 60, 60, 5, 10, 14));
  EXPECT_EQ(buckets[24], bucket(offset + 120 * 60, 10, 1, 10, 10));
  std::uint64_t sum = 0;
  for (const auto& each : buckets) sum += each.statistic.sum;
  EXPECT_EQ(sum, series->total(size).sum);
}

TEST(Series, WhatIsTooOldGoes) {
  Table table;
  const auto series = table.open(Kind::queue, key);
  series->add(sent, 1, after(0));
  series->add(sent, 1, after(3600));
  series->age(minute_of(after(0)) + History::kept - Minutes(1));
  EXPECT_EQ(read(*series, sent, after(0), after(3000)).size(), 1u);
  series->age(minute_of(after(0)) + History::kept + Minutes(2 * 24 * 60));
  EXPECT_TRUE(read(*series, sent, after(0), after(3000)).empty());
  EXPECT_EQ(series->total(sent).sum, 2u);
}

TEST(Table, FindsTheSameSeriesAgain) {
  Table table;
  const auto first = table.open(Kind::queue, key);
  const auto second = table.open(Kind::queue, key);
  EXPECT_EQ(&*first, &*second);
  EXPECT_EQ(table.find(Kind::queue, key), &*first);
  EXPECT_EQ(table.find(Kind::shard, key), nullptr);
  EXPECT_EQ(first->pins, 2u);
}

TEST(Table, EachGoesByKindAndPrefix) {
  Table table;
  const auto a = table.open(Kind::shard, "kinesis/r/1/a/1");
  const auto b = table.open(Kind::shard, "kinesis/r/1/a/2");
  const auto c = table.open(Kind::shard, "kinesis/r/1/b/1");
  const auto d = table.open(Kind::consumer, "kinesis/r/1/a/x");
  std::vector<std::string> keys;
  table.each(Kind::shard, "kinesis/r/1/a/", [&](const Series& series) { keys.push_back(series.key()); });
  EXPECT_EQ(keys, (std::vector<std::string>{"kinesis/r/1/a/1", "kinesis/r/1/a/2"}));
}

TEST(Table, ForgetsWhatNobodyHoldsOnceItsHistoryIsOver) {
  Table table;
  auto held = table.open(Kind::queue, "held");
  held->add(sent, 1, after(0));
  table.open(Kind::queue, "let go")->add(sent, 1, after(0));
  const auto sweep_all = [&](Time now) {
    for (std::size_t i = 0; i < Table::sweep_rounds; ++i) table.sweep(now);
  };
  sweep_all(after(0) + History::kept - Minutes(1));
  EXPECT_EQ(table.size(), 2u);
  sweep_all(after(0) + History::kept);
  EXPECT_EQ(table.size(), 1u);
  held = SeriesRef();
  sweep_all(after(0) + History::kept);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.history_bytes(), 0u);
}

TEST(Table, SeriesBeyondTheLimitShareOne) {
  Table table;
  std::vector<SeriesRef> held;
  for (std::size_t i = 0; i < Table::series_max; ++i) held.push_back(table.open(Kind::queue, std::to_string(i)));
  const auto one = table.open(Kind::queue, "one more");
  const auto another = table.open(Kind::queue, "another");
  EXPECT_EQ(&*one, &*another);
  EXPECT_EQ(table.size(), Table::series_max);
  // Those that are let go make room, the ones without samples for longest first.
  held[17] = SeriesRef();
  const auto real = table.open(Kind::queue, "real");
  EXPECT_EQ(real->key(), "real");
  EXPECT_EQ(table.find(Kind::queue, "17"), nullptr);
}

TEST(Table, HistoryIsBoundedAndTheOldestGoesFirst) {
  Table table;
  std::vector<SeriesRef> held;
  constexpr std::size_t series = 2'000;
  for (std::size_t i = 0; i < series; ++i) held.push_back(table.open(Kind::queue, std::to_string(i)));
  int minute = 0;
  for (; table.history_bytes() <= Table::history_bytes_max / 5 * 6; ++minute) {
    for (const auto& each : held) {
      each->add(size, 1u << 20, after(minute * 60));
      each->add(size, 2u << 20, after(minute * 60));
      each->add(Metric::age_of_oldest_message, 1u << 30, after(minute * 60));
    }
  }
  table.sweep(after(minute * 60));
  EXPECT_LE(table.history_bytes(), Table::history_bytes_max);
  EXPECT_GT(table.history_bytes(), Table::history_bytes_max / 2);
  EXPECT_TRUE(read(*held[5], size, after(0), after(600)).empty());
  EXPECT_FALSE(read(*held[5], size, after((minute - 10) * 60), after(minute * 60)).empty());
}

}  // namespace
}  // namespace millrace::metrics
