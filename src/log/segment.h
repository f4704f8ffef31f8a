// Segment: an immutable object with the records of some partitions, laid out for sequential reading. Each partition's
// records are one extent, ascending by sequence, in blocks of about 64 KiB. What many records have in common, the body of
// a publication that many queues hold, may stand before the extents once: a record is then a head of its own and a body
// that it names by number. docs/format/segment.md describes the bytes.
//
// Blocking; used inside env::Core::offload. A SegmentWriter belongs to one job; a SegmentReader may be read from
// several threads at once. Every byte is covered by a checksum; damage is `damaged`, with the file and the offset, and
// nothing of a damaged block is handed out.
#pragma once
#include <cstdint>
#include <map>
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
  Extent bodies;            // shared ones, numbered from 1; no blocks: there are none
  std::vector<Extent> extents;
};

class SegmentWriter {
 public:
  // Of what a block's records are when read, bodies included.
  static constexpr std::size_t block_bytes_target = 64u << 10;
  // Smaller for bodies: who wants one of them reads its whole block.
  static constexpr std::size_t body_block_bytes_target = 16u << 10;
  static constexpr std::size_t record_bytes_max = 1u << 30;

  // `to` outlives the writer. After a failure the segment is lost: the caller gives up writer and object.
  SegmentWriter(ObjectWriter& to, std::uint64_t id);
  // Before all extents, or not at all: bodies that records may name. The first is number 1.
  Result<void> add_body(Bytes body);
  // Ends the extent before. At most one for each partition; one without records leaves no trace.
  Result<void> begin_extent(PartitionId partition);
  // `seq` ascends strictly within an extent. `time_ms` only feeds the index. At most record_bytes_max.
  Result<void> add(std::uint64_t seq, std::int64_t time_ms, Bytes record);
  // A record that is `head` and then the body of that number, of `body_bytes`.
  Result<void> add_shared(std::uint64_t seq, std::int64_t time_ms, Bytes head, std::uint64_t body,
                          std::size_t body_bytes);
  // Writes the footer and seals the object.
  Result<SegmentInfo> finish();
  std::uint64_t bytes() const { return to_.size() + block_.size(); }

 private:
  Result<void> begin();
  Result<void> put(std::uint64_t seq, std::int64_t time_ms, Bytes own, std::uint64_t body, std::size_t whole_bytes);
  Result<void> end_block();
  Result<void> end_extent();

  ObjectWriter& to_;
  SegmentInfo info_;
  Extent* extent_ = nullptr;  // the one being written
  bool has_bodies_ = false;
  std::string block_;            // the block being made, its header included; empty between blocks
  std::size_t block_whole_ = 0;  // bytes of its records when read
  BlockEntry entry_;
};

struct Record {
  std::uint64_t seq = 0;
  Bytes bytes;             // inside the block's buffer
  std::uint64_t body = 0;  // number of the body that follows the bytes; 0: the bytes are all. See read_own()
};

struct Block {
  std::unique_ptr<std::byte[]> buffer;
  std::size_t buffer_bytes = 0;
  PartitionId partition{};
  std::vector<Record> records;  // ascending
};

class SegmentReader;

// Bodies of one segment, read as they are asked for and kept until the end: at most the bytes of its blocks of bodies.
class Bodies {
 public:
  // `from` outlives it.
  explicit Bodies(const SegmentReader& from) : from_(from) {}
  Result<Bytes> at(std::uint64_t number);

 private:
  const SegmentReader& from_;
  std::map<std::uint64_t, std::shared_ptr<const Block>> blocks_;  // by the number of their last
};

class SegmentReader {
 public:
  // Verifies header, footer and index.
  static Result<std::unique_ptr<SegmentReader>> open(std::unique_ptr<Object> object, std::uint64_t id);
  const SegmentInfo& info() const { return info_; }
  // Takes one of the entries of info(). Records are whole.
  Result<std::shared_ptr<const Block>> read_block(PartitionId partition, const BlockEntry& entry) const;
  // The same, but bodies are only named.
  Result<std::shared_ptr<const Block>> read_own(PartitionId partition, const BlockEntry& entry) const;
  const std::string& name() const { return object_->name(); }

 private:
  SegmentReader() = default;
  Result<void> read_footer(std::uint64_t id);
  Result<std::shared_ptr<Block>> read(PartitionId partition, const BlockEntry& entry) const;
  Result<void> join(Block& block, const BlockEntry& entry) const;

  std::unique_ptr<Object> object_;
  std::uint16_t version_ = 0;
  SegmentInfo info_;
};

}  // namespace millrace::log
