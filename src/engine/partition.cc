#include "engine/partition.h"

#include <utility>

#include "engine/lane.h"

namespace millrace::engine {

Partition::Partition(Lane& lane, PartitionId id, std::uint8_t kind, std::string key)
    : lane_(lane), id_(id), kind_(kind), key_(std::move(key)), backlog_(lane.segments()) {}

Partition::~Partition() = default;

void Partition::open_series(metrics::Kind kind) { series_ = lane_.metrics().open(kind, key_); }

}  // namespace millrace::engine
