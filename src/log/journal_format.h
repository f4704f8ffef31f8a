// The bytes of a journal: docs/format/journal.md in code. Shared by the journal, its recovery and verification.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "env/file.h"
#include "log/ids.h"

namespace millrace::log {

constexpr std::uint32_t group_magic = 0x474A524D;  // "MRJG"
constexpr std::uint16_t group_version = 1;
constexpr std::size_t group_header_bytes = 64;
constexpr std::size_t entry_header_bytes = 24;
// Groups begin at, and are padded to, multiples of this.
constexpr std::size_t group_alignment = 4096;
static_assert(group_alignment == env::direct_alignment, "a group is one direct write");
// No valid group is larger: a reader's protection from a length that is nonsense.
constexpr std::uint32_t group_bytes_max = 1u << 30;

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + group_alignment - 1) & ~(group_alignment - 1); }

struct GroupHeader {
  std::uint64_t journal_id = 0;
  std::uint64_t number = 0;
  std::uint64_t durable_group = 0;  // every group up to this one was durable when this one was written
  std::uint64_t first_sequence = 0;
  std::uint32_t entries = 0;
  std::uint32_t entry_bytes = 0;  // of all entries with their headers, without padding
  std::uint64_t stored_bytes() const { return padded(group_header_bytes + std::uint64_t{entry_bytes}); }
};

// Writes group_header_bytes.
void encode_group_header(const GroupHeader& header, std::uint32_t seed, std::byte* to);
// Nothing when these bytes are no valid header of a group of this version under this seed.
std::optional<GroupHeader> decode_group_header(const std::byte* from, std::uint32_t seed);

struct EntryHeader {
  std::uint32_t payload_bytes = 0;
  std::uint64_t sequence = 0;
  PartitionId partition{};
  std::uint16_t type = 0;
};

// Writes entry_header_bytes before the payload that already lies behind them, and its checksum.
void encode_entry_header(const EntryHeader& header, std::byte* to);
// The entry at the beginning of `bytes`, its checksum verified; nothing when there is no valid one.
std::optional<EntryHeader> decode_entry(Bytes bytes);

}  // namespace millrace::log
