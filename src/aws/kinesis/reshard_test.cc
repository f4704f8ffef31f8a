#include "aws/kinesis/reshard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace millrace::aws::kinesis {
namespace {

constexpr Time start = from_ms(1'000'000);

std::vector<ShardEntry> even(std::uint32_t count) {
  std::vector<ShardEntry> shards;
  for (std::uint32_t i = 0; i < count; ++i) {
    shards.push_back({.number = i, .created = start, .range = uniform_range(i, count), .state = ShardState::open});
  }
  return shards;
}

// What the settler makes of it.
std::vector<ShardEntry> carried_out(std::vector<ShardEntry> shards, const Reshard& reshard) {
  for (const auto& changed : reshard.changed()) {
    auto at = std::ranges::find(shards, changed.number, &ShardEntry::number);
    if (at == shards.end()) at = shards.insert(at, changed);
    *at = changed;
    if (at->state == ShardState::planned) at->state = ShardState::open;
    if (at->state == ShardState::closing || at->state == ShardState::passing) at->state = ShardState::closed;
  }
  return shards;
}

std::vector<HashRange> open_ranges(const std::vector<ShardEntry>& shards) {
  std::vector<HashRange> ranges;
  for (const auto& shard : shards) {
    if (shard.state == ShardState::open) ranges.push_back(shard.range);
  }
  std::ranges::sort(ranges, {}, &HashRange::first);
  return ranges;
}

// Every shard lies within its parents, and is newer than they are.
void expect_descent(const std::vector<ShardEntry>& shards) {
  std::map<std::uint32_t, ShardEntry> by_number;
  for (const auto& shard : shards) by_number[shard.number] = shard;
  for (const auto& shard : shards) {
    if (!shard.parent) continue;
    const auto& parent = by_number.at(*shard.parent);
    EXPECT_GT(shard.created, parent.created);
    EXPECT_EQ(parent.state, ShardState::closed);
    if (!shard.adjacent_parent) {
      EXPECT_GE(shard.range.first, parent.range.first);
      EXPECT_LE(shard.range.last, parent.range.last);
      continue;
    }
    const auto& other = by_number.at(*shard.adjacent_parent);
    EXPECT_EQ(shard.range.first, std::min(parent.range.first, other.range.first));
    EXPECT_EQ(shard.range.last, std::max(parent.range.last, other.range.last));
    EXPECT_GT(shard.created, other.created);
  }
}

TEST(Reshard, SplitsInTwo) {
  const auto shards = even(1);
  Reshard reshard(shards, 1, start);
  reshard.split(0, 100);
  EXPECT_EQ(reshard.next_number(), 3u);
  const auto after = carried_out(shards, reshard);
  EXPECT_EQ(open_ranges(after), (std::vector<HashRange>{{0, 99}, {100, hash_key_max}}));
  expect_descent(after);
}

TEST(Reshard, MergesInEitherOrder) {
  for (const bool turned : {false, true}) {
    const auto shards = even(2);
    Reshard reshard(shards, 2, start);
    reshard.merge(turned ? 1 : 0, turned ? 0 : 1);
    const auto after = carried_out(shards, reshard);
    EXPECT_EQ(open_ranges(after), std::vector<HashRange>{HashRange{}});
    EXPECT_EQ(after.back().parent, turned ? 1u : 0u);
    expect_descent(after);
  }
}

TEST(Reshard, ScalesEvenlyFromAnyCountToAny) {
  for (std::uint32_t from = 1; from <= 9; ++from) {
    for (std::uint32_t to = 1; to <= 18; ++to) {
      const auto shards = even(from);
      Reshard reshard(shards, from, start);
      reshard.scale(to);
      const auto after = carried_out(shards, reshard);
      std::vector<HashRange> wanted;
      for (std::uint32_t i = 0; i < to; ++i) wanted.push_back(uniform_range(i, to));
      EXPECT_EQ(open_ranges(after), wanted) << from << " to " << to;
      expect_descent(after);
      if (from == to) EXPECT_TRUE(reshard.changed().empty());
    }
  }
}

TEST(Reshard, StepsBetweenAreNeverRoutedTo) {
  const auto shards = even(3);
  Reshard reshard(shards, 3, start);
  reshard.scale(2);
  const auto changed = reshard.changed();
  EXPECT_EQ(std::ranges::count(changed, ShardState::closing, &ShardEntry::state), 3);
  EXPECT_EQ(std::ranges::count(changed, ShardState::passing, &ShardEntry::state), 2);
  EXPECT_EQ(std::ranges::count(changed, ShardState::planned, &ShardEntry::state), 2);
}

TEST(Reshard, ScalesAgainAfterScaling) {
  auto shards = even(2);
  std::uint32_t next = 2;
  for (const std::uint32_t target : {4u, 3u, 5u, 10u, 6u, 3u, 2u, 1u}) {
    Reshard reshard(shards, next, start);
    reshard.scale(target);
    shards = carried_out(shards, reshard);
    next = reshard.next_number();
    EXPECT_EQ(open_ranges(shards).size(), target);
    expect_descent(shards);
  }
}

}  // namespace
}  // namespace millrace::aws::kinesis
