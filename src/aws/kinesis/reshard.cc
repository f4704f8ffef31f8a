#include "aws/kinesis/reshard.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::aws::kinesis {

Reshard::Reshard(const std::vector<ShardEntry>& shards, std::uint32_t next_number, Time now)
    : next_number_(next_number), now_(now) {
  for (const auto& shard : shards) {
    all_[shard.number] = shard;
    if (shard.state == ShardState::open) live_[shard.range.first] = shard.number;
  }
}

ShardEntry& Reshard::retire(std::uint32_t number) {
  ShardEntry& shard = all_.at(number);
  check(shard.state == ShardState::open || shard.state == ShardState::planned, "only what is live ends");
  shard.state = shard.state == ShardState::open ? ShardState::closing : ShardState::passing;
  live_.erase(shard.range.first);
  changed_[number] = true;
  return shard;
}

// Its sequence numbers are above its parents', since it was created later, if only by a millisecond on paper.
std::uint32_t Reshard::add(HashRange range, std::uint32_t parent, std::optional<std::uint32_t> adjacent, Time after) {
  const std::uint32_t number = next_number_++;
  all_[number] = ShardEntry{.number = number,
                            .created = std::max(now_, after + Duration(1)),
                            .parent = parent,
                            .adjacent_parent = adjacent,
                            .range = range};
  live_[range.first] = number;
  changed_[number] = true;
  return number;
}

void Reshard::split(std::uint32_t number, HashKey at) {
  const ShardEntry parent = retire(number);
  check(at > parent.range.first && at <= parent.range.last, "a split is inside of the shard");
  add({parent.range.first, at - 1}, number, std::nullopt, parent.created);
  add({at, parent.range.last}, number, std::nullopt, parent.created);
}

void Reshard::merge(std::uint32_t number, std::uint32_t adjacent) {
  const ShardEntry one = retire(number);
  const ShardEntry other = retire(adjacent);
  const auto& low = one.range.first < other.range.first ? one : other;
  const auto& high = one.range.first < other.range.first ? other : one;
  check(low.range.last + 1 == high.range.first, "shards that are merged touch");
  add({low.range.first, high.range.last}, number, adjacent, std::max(one.created, other.created));
}

void Reshard::scale(std::uint32_t target) {
  for (std::uint32_t i = 1; i < target; ++i) {
    const HashKey at = uniform_start(i, target);
    const auto above = live_.upper_bound(at);
    check(above != live_.begin(), "the open shards cover all keys");
    const auto holder = std::prev(above);
    if (holder->first != at) split(holder->second, at);
  }
  for (std::uint32_t i = 0; i < target; ++i) {
    const HashRange range = uniform_range(i, target);
    while (true) {
      const auto first = live_.find(range.first);
      check(first != live_.end(), "a shard begins at every boundary");
      if (all_.at(first->second).range.last == range.last) break;
      merge(first->second, std::next(first)->second);
    }
  }
}

std::vector<ShardEntry> Reshard::changed() const {
  std::vector<ShardEntry> entries;
  for (const auto& [number, _] : changed_) entries.push_back(all_.at(number));
  return entries;
}

}  // namespace millrace::aws::kinesis
