// Reading a shard: what iterators and subscriptions share.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aws/kinesis/catalog.h"
#include "aws/kinesis/handler.h"
#include "broker/stream/stream_partition.h"

namespace millrace::aws::kinesis {

// Where a reader wants to begin, as GetShardIterator and SubscribeToShard say it.
struct StartingPoint {
  enum class Kind : std::uint8_t { at_sequence, after_sequence, trim_horizon, latest, at_timestamp };
  Kind kind = Kind::latest;
  std::optional<SequenceNumber> sequence;
  std::optional<Time> time;
};

// `operation` and `stream` are for the messages.
Outcome<StartingPoint> parse_starting_point(const std::string& type, const std::optional<std::string>& sequence,
                                            const std::optional<Time>& time, std::string_view operation,
                                            std::string_view shard, const StreamName& stream, Time now);

// On the shard's lane: the offset to begin at. `done` runs there, maybe inside this call.
void resolve(broker::StreamPartition& shard, const ShardProperties& properties, const StartingPoint& from,
             Callback<void(Outcome<std::uint64_t>)> done);

struct CutLimits {
  std::uint32_t records_max = 0;
  std::size_t bytes_max = 0;
};

// What a reader is given of a read.
struct Cut {
  std::vector<model::Record> records;
  std::uint64_t next = 0;  // offset
  std::size_t bytes = 0;   // keys and data
  bool all = false;        // everything that was read is there
  bool damaged = false;
};
// Records from `from` on, on any core. At least one if there is any. They show what `read` and `arena` keep.
Cut cut(const broker::StreamRead& read, const ShardProperties& properties, std::uint64_t from, CutLimits limits,
        codec::Arena& arena);

// The shards that this one became; empty while none of them is routed to.
std::vector<model::ChildShard> children_of(const Catalog& catalog, const StreamName& stream, std::uint32_t shard);

}  // namespace millrace::aws::kinesis
