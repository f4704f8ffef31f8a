#include "log/segment.h"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/crc32c.h"

namespace millrace::log {
namespace {

// docs/format/segment.md
constexpr std::uint32_t segment_magic = 0x4753524D;  // "MRSG"
constexpr std::uint32_t trailer_magic = 0x4553524D;  // "MRSE"
constexpr std::uint16_t plain_version = 1;           // no shared bodies
constexpr std::uint16_t shared_version = 2;          // with them
// Of the extent of shared bodies: the lane's own number, under which no records are kept.
constexpr PartitionId bodies_partition{0};
constexpr std::size_t header_bytes = 32;
constexpr std::size_t block_header_bytes = 32;
constexpr std::size_t trailer_bytes = 32;
// In the footer.
constexpr std::size_t extent_bytes = 4 + 4 + 4 * 8;
constexpr std::size_t block_entry_bytes = 8 + 4 + 4 + 4 * 8;
static_assert(extent_bytes == 40 && block_entry_bytes == 48);

std::string encode_header(std::uint64_t id, std::uint16_t version) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(segment_magic);
  out.u16(version);
  out.u16(0);
  out.u64(id);
  out.raw(std::string(header_bytes - 4 - bytes.size(), '\0'));
  out.u32(crc32c(as_bytes(bytes)));
  return bytes;
}

void encode_extent(ByteWriter& out, const Extent& extent) {
  out.u32(extent.partition.get());
  out.u32(static_cast<std::uint32_t>(extent.blocks.size()));
  out.u64(extent.first_seq);
  out.u64(extent.last_seq);
  out.u64(extent.count);
  out.u64(extent.bytes);
  for (const BlockEntry& block : extent.blocks) {
    out.u64(block.offset);
    out.u32(block.length);
    out.u32(block.count);
    out.u64(block.first_seq);
    out.u64(block.last_seq);
    out.i64(block.oldest_ms);
    out.i64(block.newest_ms);
  }
}

std::string encode_footer(const SegmentInfo& info) {
  std::string bytes;
  ByteWriter out(bytes);
  const bool bodies = info.bodies.count > 0;
  out.u32(static_cast<std::uint32_t>(info.extents.size() + (bodies ? 1 : 0)));
  if (bodies) encode_extent(out, info.bodies);
  for (const Extent& extent : info.extents) encode_extent(out, extent);
  return bytes;
}

std::string encode_trailer(std::uint64_t footer_offset, std::string_view footer) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(trailer_magic);
  out.u32(crc32c(as_bytes(footer)));
  out.u64(footer_offset);
  out.u64(footer.size());
  out.u32(0);
  out.u32(crc32c(as_bytes(bytes)));
  check(bytes.size() == trailer_bytes, "the trailer is found by its size");
  return bytes;
}

std::unexpected<Error> damaged(const Object& object, std::uint64_t offset, std::string_view what) {
  return fail(ErrorCode::damaged, fmt::format("{}, offset {}: {}", object.name(), offset, what));
}

// The content of a footer, in the order of its bytes. False where it cannot be one.
bool parse_footer(std::string_view footer, std::vector<Extent>& extents) {
  ByteReader in(footer);
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Extent& extent = extents.emplace_back();
    extent.partition = PartitionId(in.u32());
    const std::uint32_t blocks = in.u32();
    extent.first_seq = in.u64();
    extent.last_seq = in.u64();
    extent.count = in.u64();
    extent.bytes = in.u64();
    if (blocks > in.remaining() / block_entry_bytes) return false;
    extent.blocks.reserve(blocks);
    for (std::uint32_t b = 0; b < blocks; ++b) {
      BlockEntry& block = extent.blocks.emplace_back();
      block.offset = in.u64();
      block.length = in.u32();
      block.count = in.u32();
      block.first_seq = in.u64();
      block.last_seq = in.u64();
      block.oldest_ms = in.i64();
      block.newest_ms = in.i64();
    }
  }
  return in.done();
}

// The blocks follow one another without gaps, ascend, and add up to their extents. Bodies are numbered from 1 without gaps.
bool is_consistent(const std::vector<Extent>& extents, std::uint64_t blocks_end, std::uint16_t version) {
  std::uint64_t offset = header_bytes;
  std::unordered_set<PartitionId> partitions;
  for (const Extent& extent : extents) {
    if (extent.blocks.empty() || !partitions.insert(extent.partition).second) return false;
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    const BlockEntry* before = nullptr;
    for (const BlockEntry& block : extent.blocks) {
      if (block.offset != offset || block.length < block_header_bytes || block.length > blocks_end - offset)
        return false;
      if (block.count == 0 || block.first_seq > block.last_seq) return false;
      if (block.count - 1 > block.last_seq - block.first_seq) return false;
      if (before != nullptr && before->last_seq >= block.first_seq) return false;
      offset += block.length;
      count += block.count;
      bytes += block.length;
      before = &block;
    }
    if (count != extent.count || bytes != extent.bytes) return false;
    if (extent.first_seq != extent.blocks.front().first_seq || extent.last_seq != before->last_seq) return false;
    if (version == shared_version && &extent == extents.data()) {
      if (extent.partition != bodies_partition || extent.first_seq != 1 || extent.last_seq != count) return false;
    }
  }
  if (version == shared_version && extents.empty()) return false;
  return offset == blocks_end;
}

}  // namespace

// ---- Writing ----

SegmentWriter::SegmentWriter(ObjectWriter& to, std::uint64_t id) : to_(to) { info_.id = id; }

Result<void> SegmentWriter::begin() {
  if (to_.size() > 0) return {};
  return to_.append(as_bytes(encode_header(info_.id, has_bodies_ ? shared_version : plain_version)));
}

Result<void> SegmentWriter::add_body(Bytes body) {
  check(to_.size() == 0 || extent_ == &info_.bodies, "bodies come before the extents");
  if (extent_ == nullptr) {
    has_bodies_ = true;
    if (auto begun = begin(); !begun) return begun;
    info_.bodies.partition = bodies_partition;
    extent_ = &info_.bodies;
  }
  return put(info_.bodies.count + 1, 0, body, 0, body.size());
}

Result<void> SegmentWriter::begin_extent(PartitionId partition) {
  if (auto begun = begin(); !begun) return begun;
  if (auto ended = end_extent(); !ended) return ended;
  info_.extents.push_back({.partition = partition});
  extent_ = &info_.extents.back();
  return {};
}

Result<void> SegmentWriter::add(std::uint64_t seq, std::int64_t time_ms, Bytes record) {
  check(!info_.extents.empty(), "records belong to an extent");
  return put(seq, time_ms, record, 0, record.size());
}

Result<void> SegmentWriter::add_shared(std::uint64_t seq, std::int64_t time_ms, Bytes head, std::uint64_t body,
                                       std::size_t body_bytes) {
  check(!info_.extents.empty(), "records belong to an extent");
  check(body > 0 && body <= info_.bodies.count, "a body is written before the records that name it");
  return put(seq, time_ms, head, body, head.size() + body_bytes);
}

// `own` is what the block holds of the record.
Result<void> SegmentWriter::put(std::uint64_t seq, std::int64_t time_ms, Bytes own, std::uint64_t body,
                                std::size_t whole_bytes) {
  check(whole_bytes <= record_bytes_max, "the owner refuses what is too large");
  check(extent_->count == 0 || seq > extent_->last_seq, "records ascend within an extent");
  const std::size_t most = 3 * varint_bytes_max + whole_bytes;
  const std::size_t target = extent_ == &info_.bodies ? body_block_bytes_target : block_bytes_target;
  if (!block_.empty() && block_whole_ + most > target) {
    if (auto ended = end_block(); !ended) return ended;
  }
  if (block_.empty()) {
    block_.assign(block_header_bytes, '\0');
    block_whole_ = block_header_bytes;
    entry_ = {.first_seq = seq, .last_seq = seq, .oldest_ms = time_ms, .newest_ms = time_ms};
  }
  ByteWriter out(block_);
  const std::size_t before = block_.size();
  out.varint(seq - entry_.last_seq);
  if (has_bodies_) out.varint(body);
  out.string(as_text(own));
  block_whole_ += block_.size() - before + whole_bytes - own.size();
  ++entry_.count;
  entry_.last_seq = seq;
  entry_.oldest_ms = std::min(entry_.oldest_ms, time_ms);
  entry_.newest_ms = std::max(entry_.newest_ms, time_ms);
  if (extent_->count == 0) extent_->first_seq = seq;
  extent_->last_seq = seq;
  ++extent_->count;
  return {};
}

Result<void> SegmentWriter::end_block() {
  if (block_.empty()) return {};
  Extent& extent = *extent_;
  auto* const to = reinterpret_cast<std::byte*>(block_.data());
  store_le(to + 4, static_cast<std::uint32_t>(block_.size() - block_header_bytes));
  store_le(to + 8, extent.partition.get());
  store_le(to + 12, entry_.count);
  store_le(to + 16, entry_.first_seq);
  store_le(to + 24, entry_.last_seq);
  store_le(to, crc32c(as_bytes(block_).subspan(4)));
  entry_.offset = to_.size();
  entry_.length = static_cast<std::uint32_t>(block_.size());
  if (auto written = to_.append(as_bytes(block_)); !written) return written;
  extent.bytes += entry_.length;
  extent.blocks.push_back(entry_);
  block_.clear();
  return {};
}

Result<void> SegmentWriter::end_extent() {
  if (extent_ == nullptr) return {};
  if (auto ended = end_block(); !ended) return ended;
  if (extent_->count == 0) info_.extents.pop_back();
  extent_ = nullptr;
  return {};
}

Result<SegmentInfo> SegmentWriter::finish() {
  if (auto begun = begin(); !begun) return pass(begun);
  if (auto ended = end_extent(); !ended) return pass(ended);
  const std::string footer = encode_footer(info_);
  const std::string trailer = encode_trailer(to_.size(), footer);
  if (auto written = to_.append(as_bytes(footer)); !written) return pass(written);
  if (auto written = to_.append(as_bytes(trailer)); !written) return pass(written);
  if (auto sealed = to_.seal(); !sealed) return pass(sealed);
  info_.bytes = to_.size();
  return std::move(info_);
}

// ---- Reading ----

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(std::unique_ptr<Object> object, std::uint64_t id) {
  std::unique_ptr<SegmentReader> reader(new SegmentReader());
  reader->object_ = std::move(object);
  if (auto read = reader->read_footer(id); !read) return pass(read);
  return reader;
}

Result<void> SegmentReader::read_footer(std::uint64_t id) {
  auto size = object_->size();
  if (!size) return pass(size);
  if (*size < header_bytes + trailer_bytes) return damaged(*object_, *size, "the file ends before it is a segment");
  info_.id = id;
  info_.bytes = *size;

  std::byte header[header_bytes];
  if (auto read = read_exact(*object_, 0, header); !read) return read;
  const bool whole = load_le<std::uint32_t>(header + header_bytes - 4) == crc32c(Bytes(header).first(header_bytes - 4));
  if (load_le<std::uint32_t>(header) != segment_magic || !whole) return damaged(*object_, 0, "no valid segment header");
  version_ = load_le<std::uint16_t>(header + 4);
  if (version_ != plain_version && version_ != shared_version) {
    return fail(ErrorCode::unsupported, fmt::format("{}: format version {} is not known", object_->name(), version_));
  }
  if (load_le<std::uint64_t>(header + 8) != id) return damaged(*object_, 8, "the header of another segment");

  const std::uint64_t trailer_offset = *size - trailer_bytes;
  std::byte trailer[trailer_bytes];
  if (auto read = read_exact(*object_, trailer_offset, trailer); !read) return read;
  if (load_le<std::uint32_t>(trailer) != trailer_magic ||
      load_le<std::uint32_t>(trailer + trailer_bytes - 4) != crc32c(Bytes(trailer).first(trailer_bytes - 4))) {
    return damaged(*object_, trailer_offset, "no valid segment trailer");
  }
  const auto footer_offset = load_le<std::uint64_t>(trailer + 8);
  const auto footer_bytes = load_le<std::uint64_t>(trailer + 16);
  if (footer_offset < header_bytes || footer_offset > trailer_offset ||
      footer_bytes != trailer_offset - footer_offset) {
    return damaged(*object_, trailer_offset, "the trailer does not fit the file's size");
  }
  std::string footer(static_cast<std::size_t>(footer_bytes), '\0');
  if (auto read = read_exact(*object_, footer_offset, std::as_writable_bytes(std::span(footer))); !read) return read;
  if (load_le<std::uint32_t>(trailer + 4) != crc32c(as_bytes(footer))) {
    return damaged(*object_, footer_offset, "the footer does not match its checksum");
  }
  if (!parse_footer(footer, info_.extents) || !is_consistent(info_.extents, footer_offset, version_)) {
    return damaged(*object_, footer_offset, "the footer contradicts itself");
  }
  if (version_ == shared_version) {
    info_.bodies = std::move(info_.extents.front());
    info_.extents.erase(info_.extents.begin());
  }
  return {};
}

Result<std::shared_ptr<const Block>> SegmentReader::read_block(PartitionId partition, const BlockEntry& entry) const {
  auto block = read(partition, entry);
  if (!block) return pass(block);
  if (std::ranges::any_of((*block)->records, [](const Record& record) { return record.body != 0; })) {
    if (auto joined = join(**block, entry); !joined) return pass(joined);
  }
  return std::shared_ptr<const Block>(std::move(*block));
}

Result<std::shared_ptr<const Block>> SegmentReader::read_own(PartitionId partition, const BlockEntry& entry) const {
  auto block = read(partition, entry);
  if (!block) return pass(block);
  return std::shared_ptr<const Block>(std::move(*block));
}

// Puts the records together in a buffer of their own.
Result<void> SegmentReader::join(Block& block, const BlockEntry& entry) const {
  Bodies bodies(*this);
  std::vector<Bytes> body_of;
  body_of.reserve(block.records.size());
  std::size_t total = 0;
  for (const Record& record : block.records) {
    Bytes body;
    if (record.body != 0) {
      auto found = bodies.at(record.body);
      if (!found) return pass(found);
      body = *found;
    }
    body_of.push_back(body);
    total += record.bytes.size() + body.size();
    // The writer ends a block before that; one record may be larger.
    if (total > SegmentWriter::block_bytes_target && block.records.size() > 1) {
      return damaged(*object_, entry.offset, "a block's records are larger than a block");
    }
  }
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(total);
  std::byte* to = buffer.get();
  for (std::size_t i = 0; i < block.records.size(); ++i) {
    Record& record = block.records[i];
    std::byte* const begin = to;
    to = std::ranges::copy(record.bytes, to).out;
    to = std::ranges::copy(body_of[i], to).out;
    record = {.seq = record.seq, .bytes = Bytes(begin, to)};
  }
  block.buffer = std::move(buffer);
  block.buffer_bytes = total;
  return {};
}

Result<std::shared_ptr<Block>> SegmentReader::read(PartitionId partition, const BlockEntry& entry) const {
  check(entry.length >= block_header_bytes, "entries come from info()");
  auto block = std::make_shared<Block>();
  block->partition = partition;
  block->buffer_bytes = entry.length;
  block->buffer = std::make_unique_for_overwrite<std::byte[]>(entry.length);
  const std::byte* const from = block->buffer.get();
  if (auto read = read_exact(*object_, entry.offset, {block->buffer.get(), entry.length}); !read) return pass(read);

  const Bytes whole(from, entry.length);
  if (load_le<std::uint32_t>(from) != crc32c(whole.subspan(4))) {
    return damaged(*object_, entry.offset, "a block does not match its checksum");
  }
  if (load_le<std::uint32_t>(from + 4) != entry.length - block_header_bytes ||
      load_le<std::uint32_t>(from + 8) != partition.get() || load_le<std::uint32_t>(from + 12) != entry.count ||
      load_le<std::uint64_t>(from + 16) != entry.first_seq || load_le<std::uint64_t>(from + 24) != entry.last_seq) {
    return damaged(*object_, entry.offset, "a block is not the one that the index names");
  }
  ByteReader in(whole.subspan(block_header_bytes));
  // A record takes two bytes at least.
  block->records.reserve(std::min<std::size_t>(entry.count, entry.length / 2));
  std::uint64_t seq = entry.first_seq;
  for (std::uint32_t i = 0; i < entry.count && in.ok(); ++i) {
    const std::uint64_t delta = in.varint();
    if ((delta == 0) != (i == 0) || delta > entry.last_seq - seq) {
      return damaged(*object_, entry.offset, "records of a block do not ascend");
    }
    seq += delta;
    const std::uint64_t body = version_ == shared_version ? in.varint() : 0;
    if (body != 0 && (body > info_.bodies.count || partition == bodies_partition)) {
      return damaged(*object_, entry.offset, "a record names a body that the segment does not hold");
    }
    block->records.push_back({.seq = seq, .bytes = as_bytes(in.string()), .body = body});
  }
  if (!in.done() || seq != entry.last_seq) return damaged(*object_, entry.offset, "a block's records do not fill it");
  return block;
}

Result<Bytes> Bodies::at(std::uint64_t number) {
  auto held = blocks_.lower_bound(number);
  if (held == blocks_.end() || held->second->records.front().seq > number) {
    const Extent& bodies = from_.info().bodies;
    const auto entry = std::ranges::lower_bound(bodies.blocks, number, {}, &BlockEntry::last_seq);
    check(entry != bodies.blocks.end() && number > 0, "the reader has compared the number with the index");
    auto block = from_.read_own(bodies.partition, *entry);
    if (!block) return pass(block);
    held = blocks_.emplace(entry->last_seq, std::move(*block)).first;
  }
  return held->second->records.at(static_cast<std::size_t>(number - held->second->records.front().seq)).bytes;
}

}  // namespace millrace::log
