// Ids of the engine.
#pragma once
#include <cstdint>

#include "base/strong.h"
#include "log/ids.h"

namespace millrace::engine {

using LaneId = Strong<struct LaneTag, std::uint32_t>;
// Unique within a lane and never used again; 0 is the lane itself.
using PartitionId = log::PartitionId;
constexpr PartitionId lane_partition{0};

// Position of a record in its partition, from 1, ascending by one with every record.
using RecordSeq = Strong<struct RecordSeqTag, std::uint64_t>;

}  // namespace millrace::engine
