// Segment: an immutable object with the records of some partitions, laid out for sequential reading. Each partition's
// records are one extent, ascending by sequence, in blocks of about 64 KiB. docs/format/segment.md describes the bytes.
//
// Blocking; used inside env::Core::offload. A SegmentWriter belongs to one job; a SegmentReader may be read from
// several threads at once. Every byte is covered by a checksum; damage is `damaged`, with the file and the offset, and
// nothing of a damaged block is handed out.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "log/ids.h"
#include "log/store.h"

namespace millrace::log {

struct BlockEntry {
  std::uint64_t offset = 0;  // of the block, in the segment
  std::uint32_t length = 0;  // of the whole block
  std::uint32_t count = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::int64_t oldest_ms = 0;  // least and greatest time of its records
  std::int64_t newest_ms = 0;
};

struct Extent {
  PartitionId partition{};
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // of its blocks
  std::vector<BlockEntry> blocks;
};

struct SegmentInfo {
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;  // of the whole segment
  std::vector<Extent> extents;
};

class SegmentWriter {
 public:
  static constexpr std::size_t block_bytes_target = 64u << 10;
  static constexpr std::size_t record_bytes_max = 1u << 30;

  // `to` outlives the writer. After a failure the segment is lost: the caller gives up writer and object.
  SegmentWriter(ObjectWriter& to, std::uint64_t id);
  // Ends the extent before. At most one for each partition; one without records leaves no trace.
  Result<void> begin_extent(PartitionId partition);
  // `seq` ascends strictly within an extent. `time_ms` only feeds the index. At most record_bytes_max.
  Result<void> add(std::uint64_t seq, std::int64_t time_ms, Bytes record);
  // Writes the footer and seals the object.
  Result<SegmentInfo> finish();
  std::uint64_t bytes() const { return to_.size() + block_.size(); }

 private:
  Result<void> end_block();
  Result<void> end_extent();

  ObjectWriter& to_;
  SegmentInfo info_;
  std::string block_;  // the block being made, its header included; empty between blocks
  BlockEntry entry_;
};

struct Record {
  std::uint64_t seq = 0;
  Bytes bytes;  // inside the block's buffer
};

struct Block {
  std::unique_ptr<std::byte[]> buffer;
  std::size_t buffer_bytes = 0;
  PartitionId partition{};
  std::vector<Record> records;  // ascending
};

class SegmentReader {
 public:
  // Verifies header, footer and index.
  static Result<std::unique_ptr<SegmentReader>> open(std::unique_ptr<Object> object, std::uint64_t id);
  const SegmentInfo& info() const { return info_; }
  // Takes one of the entries of info().
  Result<std::shared_ptr<const Block>> read_block(PartitionId partition, const BlockEntry& entry) const;
  const std::string& name() const { return object_->name(); }

 private:
  SegmentReader() = default;
  Result<void> read_footer(std::uint64_t id);

  std::unique_ptr<Object> object_;
  SegmentInfo info_;
};

}  // namespace millrace::log
