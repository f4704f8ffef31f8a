// Runs: records of some partitions on their way into a segment, from the journal (settling) or from other segments
// (compacting). Blocking; used inside env::Core::offload.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/ids.h"
#include "log/segment.h"
#include "log/store.h"

namespace millrace::engine {

// Records of one partition, ascending.
struct Run {
  PartitionId partition{};
  struct Record {
    RecordSeq seq{};
    Bytes bytes;
    Bytes head;  // comes before the bytes; if there is one, other records may have the same bytes, in the same memory
  };
  std::vector<Record> records;
};

// Writes the runs as the extents of segment `id`. Bytes that several records have are written once. Gives up the reserve
// when the disk is full.
Result<log::SegmentInfo> write_segment(log::Store& store, std::uint64_t id, const std::vector<Run>& runs);

}  // namespace millrace::engine
