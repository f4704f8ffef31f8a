// Counters: what the metrics table of a lane is told about shards, and about registered consumers. Called on that lane's
// core.
#pragma once
#include <cstdint>
#include <string_view>

#include "aws/kinesis/names.h"
#include "engine/lane.h"

namespace millrace::aws::kinesis {

struct PutCount {
  bool batch = false;         // of PutRecords
  bool leads = false;         // the first shard of its call, at which the call itself is counted
  std::uint64_t bytes = 0;    // keys and data that were taken
  std::uint64_t records = 0;  // that were taken
  std::uint64_t exceeded = 0;
};
void count_put(engine::Lane& lane, const StreamName& stream, std::uint32_t shard, const PutCount& count);

struct GetCount {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t behind_ms = 0;
};
void count_get(engine::Lane& lane, const StreamName& stream, std::uint32_t shard, const GetCount& count);
void count_get_exceeded(engine::Lane& lane, const StreamName& stream, std::uint32_t shard);
// An event of SubscribeToShard.
void count_event(engine::Lane& lane, const StreamName& stream, std::string_view consumer, const GetCount& count);

}  // namespace millrace::aws::kinesis
