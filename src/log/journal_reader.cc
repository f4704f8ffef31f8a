#include "log/journal_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millrace::log {
namespace {

// Read at once; the same as a live journal's chunk, so that recovered slices pin no more memory than live ones.
constexpr std::uint64_t window_bytes = JournalOptions::chunk_bytes_default;

}  // namespace

Result<std::unique_ptr<JournalReader>> JournalReader::open(Store& store, std::uint64_t id, std::uint32_t seed) {
  auto object = store.open(Kind::journal, id);
  if (!object) return pass(object);
  auto size = (*object)->size();
  if (!size) return pass(size);
  return std::unique_ptr<JournalReader>(new JournalReader(std::move(*object), id, seed, *size));
}

Result<void> JournalReader::load(std::uint64_t offset, std::uint64_t bytes) {
  if (chunk_ && offset >= chunk_offset_ && offset + bytes <= chunk_offset_ + chunk_bytes_) return {};
  // Groups that were handed out stay in the chunk before; this one begins with the group that is read now.
  const std::uint64_t wanted = std::min(std::max(window_bytes, bytes), size_ - offset);
  chunk_ = std::make_shared<Chunk>(static_cast<std::size_t>(padded(wanted)));
  chunk_offset_ = offset;
  chunk_bytes_ = 0;
  if (auto read = read_exact(*object_, offset, {chunk_->data(), static_cast<std::size_t>(wanted)}); !read) {
    chunk_ = nullptr;
    return read;
  }
  chunk_bytes_ = wanted;
  return {};
}

bool JournalReader::refuse(std::uint64_t offset, std::string what) {
  invalid_.offset = offset;
  invalid_.what = std::move(what);
  return false;
}

Result<bool> JournalReader::read(std::uint64_t offset) {
  group_ = {};
  invalid_ = {};
  if (size_ < group_header_bytes || offset > size_ - group_header_bytes) return refuse(offset, "the file ends");
  if (auto loaded = load(offset, group_header_bytes); !loaded) return pass(loaded);
  const auto header = decode_group_header(at(offset), seed_);
  if (!header) return refuse(offset, "no valid group header");
  if (header->journal_id != id_) return refuse(offset, "a group header of another journal");
  invalid_.header = header;
  if (header->stored_bytes() > size_ - offset) return refuse(offset, "the group reaches past the end of the file");
  if (auto loaded = load(offset, header->stored_bytes()); !loaded) return pass(loaded);
  group_.header = *header;
  group_.chunk = chunk_;
  return verify_entries(offset);
}

bool JournalReader::verify_entries(std::uint64_t offset) {
  const GroupHeader& header = group_.header;
  const Bytes stored(at(offset), static_cast<std::size_t>(header.stored_bytes()));
  std::size_t position = group_header_bytes;
  const std::size_t end = group_header_bytes + header.entry_bytes;
  // No more than fit, whatever the header says.
  group_.items.reserve(std::min<std::size_t>(header.entries, header.entry_bytes / entry_header_bytes));
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    const auto entry = decode_entry(stored.subspan(position, end - position));
    if (!entry) return refuse(offset + position, "an entry does not match its checksum");
    if (entry->sequence != header.first_sequence + i) return refuse(offset + position, "an entry is out of sequence");
    group_.items.push_back({.entry = {.sequence = entry->sequence, .partition = entry->partition, .type = entry->type},
                            .payload = stored.subspan(position + entry_header_bytes, entry->payload_bytes)});
    position += entry_header_bytes + entry->payload_bytes;
  }
  if (position != end) return refuse(offset + position, "bytes that belong to no entry");
  for (; position < stored.size(); ++position) {
    if (stored[position] != std::byte{0}) return refuse(offset + position, "padding that is not zero");
  }
  return true;
}

template <class Wanted>
Result<std::optional<std::uint64_t>> JournalReader::scan(std::uint64_t from, Wanted wanted) {
  for (std::uint64_t offset = padded(from); offset + group_header_bytes <= size_; offset += group_alignment) {
    if (auto loaded = load(offset, group_header_bytes); !loaded) return pass(loaded);
    const auto header = decode_group_header(at(offset), seed_);
    if (header && header->journal_id == id_ && wanted(*header)) return offset;
  }
  return std::nullopt;
}

Result<std::optional<std::uint64_t>> JournalReader::find_proof(std::uint64_t from, std::uint64_t number) {
  return scan(from,
              [number](const GroupHeader& header) { return header.number > number && header.durable_group >= number; });
}

Result<std::optional<std::uint64_t>> JournalReader::find_header(std::uint64_t from) {
  return scan(from, [](const GroupHeader&) { return true; });
}

Result<std::vector<std::uint64_t>> last_groups(const std::vector<std::unique_ptr<JournalReader>>& readers) {
  std::vector<std::uint64_t> limits(readers.size(), std::numeric_limits<std::uint64_t>::max());
  for (std::size_t i = readers.size(); i-- > 1;) {
    auto valid = readers[i]->read(0);
    if (!valid) return pass(valid);
    limits[i - 1] = limits[i];
    if (*valid) limits[i - 1] = std::min(limits[i], readers[i]->group().header.number - 1);
  }
  return limits;
}

}  // namespace millrace::log
