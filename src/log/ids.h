// Ids that the log knows. Ids of stored objects (journals, checkpoints, segments) are plain 64-bit numbers that ascend
// within one store and are printed as %016x.
#pragma once
#include <cstdint>

#include "base/strong.h"

namespace millrace::log {

// One of the partitions of a lane; the lane decides what a number stands for.
using PartitionId = Strong<struct PartitionTag, std::uint32_t>;

}  // namespace millrace::log
