// Checkpoint reader: any bytes, as they come and with the checksums of both ends made right.
#include <string>

#include "base/check.h"
#include "base/crc32c.h"
#include "log/checkpoint.h"
#include "log/testing.h"

namespace millrace::log {
namespace {

void read(std::string content) {
  testing::MemoryFiles files;
  const std::size_t stored = content.size();
  files.put("d/" + object_name(Kind::checkpoint, 7), std::move(content));
  auto store = FileStore::open(files, "d");
  const auto got = read_checkpoint(**store, 7);
  if (got) check(got->size() < stored, "nothing is made up");
}

void read_all_ways(std::string content) {
  constexpr std::size_t ends_bytes = 32;
  read(content);
  const std::size_t size = content.size();
  if (size < 2 * ends_bytes) return;
  auto* const bytes = reinterpret_cast<std::byte*>(content.data());
  std::byte* const trailer = bytes + size - ends_bytes;
  store_le(bytes, std::uint32_t{0x4B43524D});
  store_le(bytes + 4, std::uint32_t{1});
  store_le(bytes + 8, std::uint64_t{7});
  store_le(bytes + 28, crc32c(Bytes(bytes, 28)));
  store_le(trailer, std::uint32_t{0x4543524D});
  store_le(trailer + 28, crc32c(Bytes(trailer, 28)));
  read(content);
  // The length that fits, when there is at most one piece.
  if (size < 2 * ends_bytes + 8) return;
  store_le(trailer + 8, std::uint64_t{size - 2 * ends_bytes - 8});
  store_le(trailer + 28, crc32c(Bytes(trailer, 28)));
  store_le(bytes + ends_bytes, static_cast<std::uint32_t>(size - 2 * ends_bytes - 8));
  read(content);
}

}  // namespace
}  // namespace millrace::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  millrace::log::read_all_ways(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
