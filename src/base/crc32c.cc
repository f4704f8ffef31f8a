#include "base/crc32c.h"

#include <array>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace millrace {
namespace {

constexpr std::uint32_t polynomial_reversed = 0x82F63B78u;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial_reversed : 0);
    table[i] = crc;
  }
  return table;
}
constexpr auto table = make_table();

std::uint32_t by_table(Bytes bytes, std::uint32_t crc) {
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFF];
  return crc;
}

#if defined(__x86_64__)
// What a checksum becomes when so many zero bytes follow, as a table for each of its four bytes. With it the checksums of
// pieces become that of the whole, and three pieces are summed side by side: the instruction takes three cycles, but a
// processor can begin one in each.
using Shift = std::array<std::array<std::uint32_t, 256>, 4>;

// A linear map of 32 bits: the images of the single bits.
using Map = std::array<std::uint32_t, 32>;

constexpr std::uint32_t image_of(const Map& map, std::uint32_t bits) {
  std::uint32_t image = 0;
  for (std::size_t i = 0; bits != 0; bits >>= 1, ++i) image ^= (bits & 1) != 0 ? map[i] : 0;
  return image;
}

// `bytes` is a power of two.
constexpr Shift make_shift(std::size_t bytes) {
  Map map{};
  map[0] = polynomial_reversed;  // one zero bit
  for (std::size_t i = 1; i < map.size(); ++i) map[i] = 1u << (i - 1);
  for (std::size_t bits = 1; bits < bytes * 8; bits *= 2) {
    Map twice{};
    for (std::size_t i = 0; i < map.size(); ++i) twice[i] = image_of(map, map[i]);
    map = twice;
  }
  Shift shift{};
  for (std::size_t byte = 0; byte < shift.size(); ++byte) {
    for (std::uint32_t value = 0; value < 256; ++value) shift[byte][value] = image_of(map, value << (8 * byte));
  }
  return shift;
}

constexpr std::size_t piece_bytes = 512;
constexpr Shift by_piece = make_shift(piece_bytes);

std::uint32_t shifted(std::uint32_t crc) {
  return by_piece[0][crc & 0xFF] ^ by_piece[1][crc >> 8 & 0xFF] ^ by_piece[2][crc >> 16 & 0xFF] ^
         by_piece[3][crc >> 24];
}

[[gnu::target("sse4.2")]] std::uint32_t by_instruction(Bytes bytes, std::uint32_t seed) {
  std::uint64_t crc = seed;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * piece_bytes; left -= 3 * piece_bytes, at += 2 * piece_bytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (const std::byte* const end = at + piece_bytes; at < end; at += 8) {
      crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(at));
      second = _mm_crc32_u64(second, load_le<std::uint64_t>(at + piece_bytes));
      third = _mm_crc32_u64(third, load_le<std::uint64_t>(at + 2 * piece_bytes));
    }
    const std::uint32_t two = shifted(static_cast<std::uint32_t>(crc)) ^ static_cast<std::uint32_t>(second);
    crc = shifted(two) ^ static_cast<std::uint32_t>(third);
  }
  for (; left >= 8; left -= 8, at += 8) crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(at));
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at) narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(*at));
  return narrow;
}
const bool has_instruction = __builtin_cpu_supports("sse4.2");
#endif

}  // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  if (has_instruction) return ~by_instruction(bytes, ~seed);
#endif
  return ~by_table(bytes, ~seed);
}

}  // namespace millrace
