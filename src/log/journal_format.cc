#include "log/journal_format.h"

#include <cstring>

#include "base/crc32c.h"

namespace millrace::log {
namespace {

// Offsets within a group header.
constexpr std::size_t at_magic = 0;
constexpr std::size_t at_version = 4;
constexpr std::size_t at_zero = 6;
constexpr std::size_t at_journal_id = 8;
constexpr std::size_t at_number = 16;
constexpr std::size_t at_durable_group = 24;
constexpr std::size_t at_first_sequence = 32;
constexpr std::size_t at_entries = 40;
constexpr std::size_t at_entry_bytes = 44;
constexpr std::size_t at_zeros = 48;
constexpr std::size_t at_checksum = 60;
static_assert(at_checksum + 4 == group_header_bytes);

// Offsets within an entry header.
constexpr std::size_t at_payload_bytes = 0;
constexpr std::size_t at_entry_checksum = 4;
constexpr std::size_t at_sequence = 8;
constexpr std::size_t at_partition = 16;
constexpr std::size_t at_type = 20;
constexpr std::size_t at_entry_zero = 22;
static_assert(at_entry_zero + 2 == entry_header_bytes);

// Over everything of the entry but the checksum's own four bytes.
std::uint32_t entry_checksum(const std::byte* entry, std::size_t payload_bytes) {
  const auto before = crc32c(Bytes(entry + at_payload_bytes, at_entry_checksum));
  return crc32c(Bytes(entry + at_sequence, entry_header_bytes - at_sequence + payload_bytes), before);
}

}  // namespace

void encode_group_header(const GroupHeader& header, std::uint32_t seed, std::byte* to) {
  store_le(to + at_magic, group_magic);
  store_le(to + at_version, group_version);
  store_le(to + at_zero, std::uint16_t{0});
  store_le(to + at_journal_id, header.journal_id);
  store_le(to + at_number, header.number);
  store_le(to + at_durable_group, header.durable_group);
  store_le(to + at_first_sequence, header.first_sequence);
  store_le(to + at_entries, header.entries);
  store_le(to + at_entry_bytes, header.entry_bytes);
  std::memset(to + at_zeros, 0, at_checksum - at_zeros);
  store_le(to + at_checksum, crc32c(Bytes(to, at_checksum), seed));
}

std::optional<GroupHeader> decode_group_header(const std::byte* from, std::uint32_t seed) {
  if (load_le<std::uint32_t>(from + at_magic) != group_magic) return {};
  if (load_le<std::uint16_t>(from + at_version) != group_version) return {};
  if (load_le<std::uint32_t>(from + at_checksum) != crc32c(Bytes(from, at_checksum), seed)) return {};
  GroupHeader header;
  header.journal_id = load_le<std::uint64_t>(from + at_journal_id);
  header.number = load_le<std::uint64_t>(from + at_number);
  header.durable_group = load_le<std::uint64_t>(from + at_durable_group);
  header.first_sequence = load_le<std::uint64_t>(from + at_first_sequence);
  header.entries = load_le<std::uint32_t>(from + at_entries);
  header.entry_bytes = load_le<std::uint32_t>(from + at_entry_bytes);
  if (header.entry_bytes > group_bytes_max) return {};
  return header;
}

void encode_entry_header(const EntryHeader& header, std::byte* to) {
  store_le(to + at_payload_bytes, header.payload_bytes);
  store_le(to + at_sequence, header.sequence);
  store_le(to + at_partition, header.partition.get());
  store_le(to + at_type, header.type);
  store_le(to + at_entry_zero, std::uint16_t{0});
  store_le(to + at_entry_checksum, entry_checksum(to, header.payload_bytes));
}

std::optional<EntryHeader> decode_entry(Bytes bytes) {
  if (bytes.size() < entry_header_bytes) return {};
  const std::byte* from = bytes.data();
  EntryHeader header;
  header.payload_bytes = load_le<std::uint32_t>(from + at_payload_bytes);
  if (header.payload_bytes > bytes.size() - entry_header_bytes) return {};
  if (load_le<std::uint32_t>(from + at_entry_checksum) != entry_checksum(from, header.payload_bytes)) return {};
  header.sequence = load_le<std::uint64_t>(from + at_sequence);
  header.partition = PartitionId(load_le<std::uint32_t>(from + at_partition));
  header.type = load_le<std::uint16_t>(from + at_type);
  return header;
}

}  // namespace millrace::log
