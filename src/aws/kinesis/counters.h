// Counters: what the metrics table of a lane is told about shards, and about registered consumers. Called on that lane's
// core. What is counted for a shard stands with its partition, so it costs no search.
#pragma once
#include <cstdint>
#include <string_view>

#include "aws/kinesis/names.h"
#include "broker/stream/stream_partition.h"
#include "engine/lane.h"

namespace millrace::aws::kinesis {

// Milliseconds from a reading of Core::monotonic_ns() to now, to the nearest.
std::uint64_t milliseconds_since(std::uint64_t begun_ns, env::Core& core);

struct PutCount {
  bool batch = false;         // of PutRecords
  bool leads = false;         // the first shard of its call, at which the call itself is counted
  std::uint64_t bytes = 0;    // keys and data that were taken
  std::uint64_t records = 0;  // that were taken
  std::uint64_t exceeded = 0;
  std::uint64_t failed = 0;  // for reasons of ours
  std::uint64_t latency_ms = 0;
};
void count_put(broker::StreamPartition& shard, const PutCount& count);

struct GetCount {
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t behind_ms = 0;
  std::uint64_t latency_ms = 0;  // not of events
};
void count_get(broker::StreamPartition& shard, const GetCount& count);
void count_get_exceeded(broker::StreamPartition& shard);
// An event of SubscribeToShard.
void count_event(engine::Lane& lane, const StreamName& stream, std::string_view consumer, const GetCount& count);

enum class Subscribed { yes, no, rate_exceeded };
// A call of SubscribeToShard.
void count_subscribe(engine::Lane& lane, const StreamName& stream, std::string_view consumer, Subscribed how);

}  // namespace millrace::aws::kinesis
