// Splitting, merging and scaling.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/handlers.h"
#include "aws/kinesis/reshard.h"

namespace millrace::aws::kinesis {
namespace {

// The flow of the three: look, plan, write the plan as the intention that the settler carries out.
template <class Op>
class ReshardHandler : public CatalogHandler<Op> {
 public:
  using CatalogHandler<Op>::CatalogHandler;

 protected:
  virtual Outcome<void> plan(const Catalog& catalog, StreamEntry& entry, const std::vector<ShardEntry>& shards,
                             Reshard& reshard) = 0;

  Outcome<void> act(Catalog& catalog) override {
    auto entry = this->active(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    const auto& stream = this->stream_;
    if (entry->mode == StreamMode::on_demand) {
      return refuse(validation(fmt::format("Request is invalid. Stream {} under account {} is in On-Demand mode.",
                                           stream.name, stream.account)));
    }
    const auto shards = catalog.shards(stream.name);
    const Time now = catalog.lane().now();
    Reshard reshard(shards, entry->next_shard, now);
    if (auto ok = plan(catalog, *entry, shards, reshard); !ok) return ok;
    for (const auto& shard : reshard.changed()) catalog.put(stream.name, shard);
    entry->next_shard = reshard.next_number();
    entry->status = StreamStatus::updating;
    entry->ready = now + this->kinesis_.delay();
    catalog.put(stream.name, *entry);
    this->settle();
    return {};
  }

  Outcome<ShardEntry> open_shard(const std::vector<ShardEntry>& shards, const std::string& id) const {
    const auto& stream = this->stream_;
    const auto number = parse_shard_id(id);
    const auto at = std::ranges::find_if(shards, [&](const ShardEntry& s) { return s.number == number && s.known(); });
    if (!number || at == shards.end()) {
      return refuse(Failure{
          &errors::resource_not_found_exception,
          fmt::format("Could not find shard {} in stream {} under account {}.", id, stream.name, stream.account)});
    }
    if (at->state != ShardState::open) {
      return refuse(
          invalid_argument(fmt::format("Shard {} in stream {} under account {} has already been merged or split, and "
                                       "thus is not eligible for merging "
                                       "or splitting.",
                                       shard_id(*number), stream.name, stream.account)));
    }
    return *at;
  }

  Outcome<void> check_shard_limit(const Catalog& catalog, std::uint32_t more) const {
    const auto& stream = this->stream_;
    const auto open = catalog.totals().open_shards;
    const auto limit = this->kinesis_.limits().shards_max;
    if (open + more <= limit) return {};
    return refuse(limit_exceeded(fmt::format(
        "This request would exceed the shard limit for the account {} in {}. Current shard count for the account: {}. "
        "Limit: {}. Number of additional shards that would have resulted from this request: {}.",
        stream.account, stream.region, open, limit, more)));
  }
};

class SplitShard final : public ReshardHandler<op::SplitShard> {
 public:
  using ReshardHandler::ReshardHandler;

 private:
  Outcome<void> plan(const Catalog& catalog, StreamEntry&, const std::vector<ShardEntry>& shards,
                     Reshard& reshard) override {
    const auto at = parse_hash_key(in_.new_starting_hash_key);
    if (!at) {
      return refuse(bad_pattern(in_.new_starting_hash_key, "newStartingHashKey", "0|([1-9]\\d{0,38})"));
    }
    auto shard = open_shard(shards, in_.shard_to_split);
    if (!shard) return refuse(std::move(shard.error()));
    if (*at <= shard->range.first || *at - 1 == shard->range.first || *at >= shard->range.last) {
      return refuse(invalid_argument(
          fmt::format("NewStartingHashKey {} used in SplitShard() on shard {} in stream {} under account {} is not "
                      "both greater than "
                      "one plus the shard's StartingHashKey {} and less than the shard's EndingHashKey {}.",
                      in_.new_starting_hash_key, shard_id(shard->number), stream_.name, stream_.account,
                      text_of(shard->range.first), text_of(shard->range.last))));
    }
    if (auto ok = check_shard_limit(catalog, 1); !ok) return ok;
    reshard.split(shard->number, *at);
    return {};
  }
};

class MergeShards final : public ReshardHandler<op::MergeShards> {
 public:
  using ReshardHandler::ReshardHandler;

 private:
  Outcome<void> plan(const Catalog&, StreamEntry&, const std::vector<ShardEntry>& shards, Reshard& reshard) override {
    auto shard = open_shard(shards, in_.shard_to_merge);
    if (!shard) return refuse(std::move(shard.error()));
    auto adjacent = open_shard(shards, in_.adjacent_shard_to_merge);
    if (!adjacent) return refuse(std::move(adjacent.error()));
    // The last key of all has no successor: one more would be the first.
    const auto before = [](const HashRange& low, const HashRange& high) {
      return low.last != hash_key_max && low.last + 1 == high.first;
    };
    if (!before(shard->range, adjacent->range) && !before(adjacent->range, shard->range)) {
      return refuse(invalid_argument(
          fmt::format("Shards {} and {} in stream {} under account {} are not an adjacent pair of shards eligible for "
                      "merging",
                      shard_id(shard->number), shard_id(adjacent->number), stream_.name, stream_.account)));
    }
    reshard.merge(shard->number, adjacent->number);
    return {};
  }
};

class UpdateShardCount final : public ReshardHandler<op::UpdateShardCount> {
 public:
  using ReshardHandler::ReshardHandler;

 private:
  Outcome<void> plan(const Catalog& catalog, StreamEntry& entry, const std::vector<ShardEntry>& shards,
                     Reshard& reshard) override {
    const auto& limits = kinesis_.limits();
    const auto open = static_cast<std::uint32_t>(std::ranges::count(shards, ShardState::open, &ShardEntry::state));
    const auto target = static_cast<std::uint32_t>(in_.target_shard_count);
    if (target > limits.shards_of_stream_max) {
      return refuse(invalid_argument(fmt::format(
          "Target shard count or number of open shards cannot be greater than {}. Current open shard count: "
          "{}, Target shard count: {}",
          limits.shards_of_stream_max, open, target)));
    }
    if (limits.scale_by_two && target > 2 * open) {
      return refuse(
          invalid_argument(fmt::format("UpdateShardCount cannot scale up over double your current open shard "
                                       "count. Current open shard count: {} Target shard count: {}",
                                       open, target)));
    }
    if (limits.scale_by_two && 2 * target < open) {
      return refuse(
          invalid_argument(fmt::format("UpdateShardCount cannot scale down below half your current open shard "
                                       "count. Current open shard count: {} Target shard count: {}",
                                       open, target)));
    }
    const Time now = catalog.lane().now();
    auto& updates = entry.shard_count_updates;
    std::erase_if(updates, [&](Time time) { return time + updates_span <= now; });
    if (updates.size() >= limits.shard_count_updates_max) {
      return refuse(
          limit_exceeded(fmt::format("The shard count of stream {} under account {} was changed {} times within "
                                     "24 hours, which is its limit.",
                                     stream_.name, stream_.account, updates.size())));
    }
    if (target > open) {
      if (auto ok = check_shard_limit(catalog, target - open); !ok) return ok;
    }
    // Without limits on their number there is no use in remembering them.
    if (limits.shard_count_updates_max <= aws_limits.shard_count_updates_max) updates.push_back(now);
    reshard.scale(target);
    out_.stream_name = stream_.name;
    out_.stream_arn = stream_.arn();
    out_.current_shard_count = static_cast<std::int32_t>(open);
    out_.target_shard_count = in_.target_shard_count;
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::SplitShard, Kinesis& kinesis) { return std::make_unique<SplitShard>(kinesis); }
ActionPtr make_handler(op::MergeShards, Kinesis& kinesis) { return std::make_unique<MergeShards>(kinesis); }
ActionPtr make_handler(op::UpdateShardCount, Kinesis& kinesis) { return std::make_unique<UpdateShardCount>(kinesis); }

}  // namespace millrace::aws::kinesis
