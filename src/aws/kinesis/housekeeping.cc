// The settler's periodic part: closed shards whose records are all too old go, on-demand streams grow.
#include <algorithm>

#include "aws/kinesis/reshard.h"
#include "aws/kinesis/settler.h"
#include "base/log.h"

namespace millrace::aws::kinesis {

void Settler::keep_house(engine::LaneId id) {
  engine_.core_of(id).after(housekeeping_interval, [this, id] { keep_house(id); });
  engine::Lane& lane = engine_.lane(id);
  if (!lane.serving()) return;
  for (const auto& key : catalogs_of(lane)) {
    for (const auto& name : Catalog(lane, key).streams({}, SIZE_MAX)) keep_stream(lane, stream_of(key, name));
  }
}

void Settler::keep_stream(engine::Lane& lane, const StreamName& stream) {
  const Catalog catalog(lane, stream.catalog_key());
  const auto entry = catalog.stream(stream.name);
  if (!entry || !entry->at_rest()) return;
  drop_expired(lane, stream, *entry);
  if (entry->mode == StreamMode::on_demand) watch_use(lane, stream);
}

void Settler::drop_expired(engine::Lane& lane, const StreamName& stream, const StreamEntry& entry) {
  const Catalog catalog(lane, stream.catalog_key());
  const Time horizon = lane.now() - entry.retention();
  Tasks tasks;
  for (const auto& shard : catalog.shards(stream.name)) {
    if (shard.state != ShardState::closed || shard.closed > horizon) continue;
    tasks.push_back({ShardTask::What::remove, shard.number, stream.shard_key(entry.created, shard.number), {}, 0});
  }
  if (tasks.empty()) return;
  // The catalog forgets them last, so that a crash between leaves nothing that nobody names.
  run(lane, std::move(tasks), [&lane, stream, created = entry.created](Result<Tasks> removed) {
    if (!removed || !lane.serving()) return;
    Catalog after(lane, stream.catalog_key());
    const auto present = after.stream(stream.name);
    if (!present || present->created != created) return;
    for (const auto& task : *removed) after.erase(shard_entry_key(stream.name, task.number));
    if (auto written = after.commit(); !written) logging::warn("kinesis: {}", written.error().message);
  });
}

void Settler::watch_use(engine::Lane& lane, const StreamName& stream) {
  const Catalog catalog(lane, stream.catalog_key());
  const auto entry = catalog.stream(stream.name);
  std::map<engine::LaneId, std::vector<std::string>> keys;
  for (const auto& shard : catalog.shards(stream.name)) {
    if (shard.state != ShardState::open) continue;
    auto key = stream.shard_key(entry->created, shard.number);
    const auto lane_id = engine_.lane_of(key);
    keys[lane_id].push_back(std::move(key));
  }
  struct State {
    Use use;
    std::size_t missing;
  };
  auto state = std::make_shared<State>(Use{}, keys.size());
  for (auto& [id, mine] : keys) {
    engine_.run(id, lane.core(), [this, &lane, stream, state, some = std::move(mine)](engine::Lane& there) {
      Use use;
      for (const auto& key : some) use += usages_[there.id().get()].take(key, there.now());
      lane.core().post([this, &lane, stream, state, use] {
        state->use += use;
        if (--state->missing == 0) grow(lane, stream, state->use);
      });
    });
  }
}

// Twice the greatest use of the last 30 days is what an on-demand stream is ready for.
void Settler::grow(engine::Lane& lane, const StreamName& stream, Use use) {
  if (!lane.serving()) return;
  Catalog catalog(lane, stream.catalog_key());
  auto entry = catalog.stream(stream.name);
  if (!entry || !entry->at_rest() || entry->mode != StreamMode::on_demand) return;
  const Time now = lane.now();
  const auto today = static_cast<std::uint32_t>(to_ms(now) / 86'400'000);
  std::erase_if(entry->peaks, [&](const DailyPeak& peak) { return peak.day + peak_days <= today; });
  if (entry->peaks.empty() || entry->peaks.back().day != today) entry->peaks.push_back({.day = today});
  auto& last = entry->peaks.back();
  const bool higher = use.bytes_per_second > last.bytes_per_second || use.records_per_second > last.records_per_second;
  last.bytes_per_second = std::max(last.bytes_per_second, use.bytes_per_second);
  last.records_per_second = std::max(last.records_per_second, use.records_per_second);
  if (!higher) return;

  std::uint64_t wanted = 0;
  for (const auto& peak : entry->peaks) {
    const auto shards_for = [](std::uint64_t rate, std::uint64_t each) { return (2 * rate + each - 1) / each; };
    wanted = std::max({wanted, shards_for(peak.bytes_per_second, shard_bytes_per_second),
                       shards_for(peak.records_per_second, shard_records_per_second)});
  }
  wanted = std::min<std::uint64_t>(wanted, limits_.shards_of_stream_max);
  const auto shards = catalog.shards(stream.name);
  const auto open = static_cast<std::uint64_t>(std::ranges::count(shards, ShardState::open, &ShardEntry::state));
  if (wanted > open) {
    Reshard reshard(shards, entry->next_shard, now);
    reshard.scale(static_cast<std::uint32_t>(wanted));
    for (const auto& shard : reshard.changed()) catalog.put(stream.name, shard);
    entry->next_shard = reshard.next_number();
    entry->status = StreamStatus::updating;
    entry->ready = now;
  }
  catalog.put(stream.name, *entry);
  if (auto written = catalog.commit(); !written) return logging::warn("kinesis: {}", written.error().message);
  if (entry->status != StreamStatus::updating) return;
  lane.when_durable([this, &lane, stream](Result<void> durable) {
    if (durable) wake(lane, stream);
  });
}

}  // namespace millrace::aws::kinesis
