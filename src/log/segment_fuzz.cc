// Segment reader: any bytes, as they come and with the checksums made right (the layout is docs/format/segment.md).
#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/crc32c.h"
#include "log/segment.h"
#include "log/testing.h"

namespace millrace::log {
namespace {

constexpr std::size_t ends_bytes = 32;  // header, block header and trailer alike

void read(std::string content) {
  testing::MemoryFiles files;
  files.put("d/" + object_name(Kind::segment, 7), std::move(content));
  auto store = FileStore::open(files, "d");
  auto reader = SegmentReader::open(std::move(*(*store)->open(Kind::segment, 7)), 7);
  if (!reader) return;
  for (const Extent& extent : (*reader)->info().extents) {
    for (const BlockEntry& entry : extent.blocks) {
      const auto block = (*reader)->read_block(extent.partition, entry);
      if (!block) continue;
      check((*block)->records.size() == entry.count, "a block holds what the index says");
      check((*block)->records.front().seq == entry.first_seq, "a block holds what the index says");
      check((*block)->records.back().seq == entry.last_seq, "a block holds what the index says");
      std::size_t total = 0;
      for (const Record& record : (*block)->records) total += record.bytes.size();
      check(total <= (*block)->buffer_bytes, "records lie in their block");
    }
  }
}

// One extent of one block: the input gives the block's records and says what index and header claim of them. With shared
// bodies there is an extent of two of them before it.
std::string whole(std::string_view input, bool has_bodies) {
  std::string fields(input.substr(0, 16));
  fields.resize(16, '\0');
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(fields[at]); };
  const std::string_view records = input.substr(std::min<std::size_t>(16, input.size()));
  const auto sum_at = [](std::string& text, std::size_t to, std::size_t from, std::size_t size) {
    auto* const bytes = reinterpret_cast<std::byte*>(text.data());
    store_le(bytes + to, crc32c(Bytes(bytes + from, size)));
  };

  std::string content;
  ByteWriter out(content);
  out.u32(0x4753524D);
  out.u32(has_bodies ? 2 : 1);
  out.u64(7);
  out.raw(std::string(16, '\0'));
  sum_at(content, 28, 0, 28);
  const std::string_view bodies("\0\0\3one\1\0\3two", 12);
  const auto bodies_length = static_cast<std::uint32_t>(has_bodies ? ends_bytes + bodies.size() : 0);
  const std::size_t bodies_at = content.size();
  if (has_bodies) {
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(bodies.size()));
    out.u32(0);
    out.u32(2);
    out.u64(1);
    out.u64(2);
    out.raw(bodies);
    sum_at(content, bodies_at, bodies_at + 4, bodies_length - 4);
  }

  const std::size_t block = content.size();
  const auto length = static_cast<std::uint32_t>(ends_bytes + records.size());
  out.u32(0);
  out.u32(static_cast<std::uint32_t>(records.size()));
  out.u32(byte(0));
  out.u32(byte(1));
  out.u64(byte(2));
  out.u64(byte(3));
  out.raw(records);
  sum_at(content, block, block + 4, length - 4);

  const std::size_t footer = content.size();
  out.u32(byte(4) % 4);
  if (has_bodies) {
    out.u32(0);
    out.u32(1);
    out.u64(1);
    out.u64(2);
    out.u64(2);
    out.u64(bodies_length);
    out.u64(bodies_at);
    out.u32(bodies_length);
    out.u32(2);
    out.u64(1);
    out.u64(2);
    out.u64(0);
    out.u64(0);
  }
  out.u32(byte(5));
  out.u32(byte(6) % 4);
  out.u64(byte(7));
  out.u64(byte(8));
  out.u64(byte(9));
  out.u64(length);
  out.u64(block + byte(10) % 2);
  out.u32(length - byte(11) % 2);
  out.u32(byte(12));
  out.u64(byte(13));
  out.u64(byte(14));
  out.u64(0);
  out.u64(0);

  std::string trailer;
  ByteWriter end(trailer);
  end.u32(0x4553524D);
  end.u32(crc32c(as_bytes(content).subspan(footer)));
  end.u64(footer);
  end.u64(content.size() - footer);
  end.u64(0);
  sum_at(trailer, 28, 0, 28);
  return content + trailer;
}

}  // namespace
}  // namespace millrace::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  millrace::log::read(std::string(input));
  millrace::log::read(millrace::log::whole(input, false));
  millrace::log::read(millrace::log::whole(input, true));
  return 0;
}
