// The bytes of a head: docs/format/data-directory.md.
#include <fmt/format.h>

#include "base/crc32c.h"
#include "log/store.h"

namespace millrace::log {
namespace {

constexpr std::uint32_t head_magic = 0x4844524D;  // "MRDH"
constexpr std::uint16_t head_version = 1;
// magic, version, zero, epoch, checkpoint id and sequence, journal id, group, sequence, seed, checksum
constexpr std::size_t head_bytes = 4 + 2 + 2 + 6 * 8 + 4 + 4;
static_assert(head_bytes == 64);
constexpr std::size_t at_checksum = head_bytes - 4;

}  // namespace

std::string encode_head(const Head& head) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u32(head_magic);
  out.u16(head_version);
  out.u16(0);
  out.u64(head.epoch);
  out.u64(head.checkpoint_id);
  out.u64(head.checkpoint_sequence);
  out.u64(head.first_journal_id);
  out.u64(head.first_group);
  out.u64(head.first_sequence);
  out.u32(head.seed);
  out.u32(crc32c(as_bytes(bytes)));
  return bytes;
}

Result<Head> decode_head(Bytes stored, std::string_view name) {
  const auto damaged = [&](std::uint64_t offset, std::string_view what) {
    return fail(ErrorCode::damaged, fmt::format("{}, offset {}: {}", name, offset, what));
  };
  if (stored.size() < 8) return damaged(stored.size(), "the head ends");
  ByteReader in(stored);
  if (in.u32() != head_magic) return damaged(0, "not the head of a lane");
  const std::uint16_t version = in.u16();
  // The length of another version is unknown; that of this one is exact.
  if (version == head_version && stored.size() != head_bytes) return damaged(stored.size(), "a head of another length");
  if (stored.size() >= head_bytes && version != head_version) {
    const auto whole =
        load_le<std::uint32_t>(stored.data() + stored.size() - 4) == crc32c(stored.first(stored.size() - 4));
    if (version > head_version && whole) {
      return fail(ErrorCode::unsupported,
                  fmt::format("{}: format version {} is newer than this program", name, version));
    }
    return damaged(4, "an unknown version");
  }
  if (version != head_version) return damaged(4, "an unknown version");
  if (load_le<std::uint32_t>(stored.data() + at_checksum) != crc32c(stored.first(at_checksum))) {
    return damaged(0, "the head does not match its checksum");
  }
  in.u16();
  Head head;
  head.epoch = in.u64();
  head.checkpoint_id = in.u64();
  head.checkpoint_sequence = in.u64();
  head.first_journal_id = in.u64();
  head.first_group = in.u64();
  head.first_sequence = in.u64();
  head.seed = in.u32();
  if (head.first_group == 0 || head.first_sequence == 0) return damaged(0, "groups and entries are numbered from 1");
  return head;
}

}  // namespace millrace::log
