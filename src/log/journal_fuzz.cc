// Recovery and verification of a journal of two files, from any bytes. Checksums are made right first (unless the
// first byte says otherwise), since no mutation would get past them. Both readers must come to the same judgement.
#include <algorithm>
#include <string>

#include "base/check.h"
#include "log/journal_format.h"
#include "log/recover.h"
#include "log/testing.h"
#include "log/verify.h"

namespace {

using namespace millrace;
using namespace millrace::log;

constexpr std::uint32_t seed = 0x5EED;

// The input is short; a file is made of it by giving each of `stride` bytes a block of its own.
std::string spread(std::string_view input, std::size_t stride) {
  std::string content;
  for (std::size_t at = 0; at < input.size(); at += stride) {
    content.append(input.substr(at, stride));
    content.resize(padded(content.size()), '\0');
  }
  return content;
}

void make_checksums_right(std::string& content, std::uint64_t journal_id) {
  auto* const bytes = reinterpret_cast<std::byte*>(content.data());
  for (std::size_t offset = 0; offset + group_alignment <= content.size(); offset += group_alignment) {
    const GroupHeader header{.journal_id = journal_id,
                             .number = load_le<std::uint8_t>(bytes + offset + 16),
                             .durable_group = load_le<std::uint8_t>(bytes + offset + 24),
                             .first_sequence = load_le<std::uint8_t>(bytes + offset + 32),
                             .entries = load_le<std::uint8_t>(bytes + offset + 40),
                             .entry_bytes = load_le<std::uint16_t>(bytes + offset + 44)};
    encode_group_header(header, seed, bytes + offset);
    std::size_t at = offset + group_header_bytes;
    for (std::uint32_t i = 0; i < header.entries && at + entry_header_bytes <= offset + group_alignment; ++i) {
      const std::size_t room = offset + group_alignment - at - entry_header_bytes;
      const auto size = std::min<std::size_t>(load_le<std::uint8_t>(bytes + at), room);
      encode_entry_header({.payload_bytes = static_cast<std::uint32_t>(size),
                           .sequence = header.first_sequence + load_le<std::uint8_t>(bytes + at + 8) + i,
                           .partition = PartitionId(1),
                           .type = 1},
                          bytes + at);
      at += entry_header_bytes + size;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  const bool raw = (data[0] & 1) != 0;
  const std::size_t stride = 64 + std::size_t{data[1]};
  const std::size_t cut = std::min<std::size_t>(data[2] * std::size_t{4}, input.size());

  log::testing::MemoryFiles files;
  auto store = FileStore::open(files, "lane");
  const Head head{.seed = seed};
  check((*store)->write_head(head).has_value(), "in memory");
  std::string first = raw ? std::string(input.substr(0, cut)) : spread(input.substr(0, cut), stride);
  std::string second = raw ? std::string(input.substr(cut)) : spread(input.substr(cut), stride);
  if (!raw) {
    make_checksums_right(first, 1);
    make_checksums_right(second, 2);
  }
  files.put("lane/" + object_name(Kind::journal, 1), std::move(first));
  files.put("lane/" + object_name(Kind::journal, 2), std::move(second));

  std::uint64_t replayed = 0;
  const auto recovered = recover(**store, head, [&](const Entry& entry, const Slice& slice) -> Result<void> {
    check(entry.sequence == ++replayed, "entries come in order");
    check(slice.bytes.empty() || slice.bytes.data() > slice.chunk->data(), "slices lie in their chunks");
    check(slice.bytes.data() + slice.bytes.size() <= slice.chunk->data() + slice.chunk->size(), "slices lie in their chunks");
    return {};
  });
  const auto verified = verify(**store);
  check(verified.has_value(), "in memory");
  check(recovered.has_value() == verified->findings.empty(), "recovery and verification agree");
  if (recovered) check(verified->entries == replayed, "recovery and verification agree");
  return 0;
}
