// base64 with the 256-bit instructions (AVX2) of processors that have them, found out at run time.
//
// Digits are told apart by their upper four bits: 2 is + and /, 3 is a figure, 4 and 5 are capital and 6 and 7 small
// letters. Within each half of a register a table of 16 bytes is looked up for 16 bytes at once.
#include <array>
#include <cstdint>
#include <string_view>

#include "codec/base64.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace millrace::codec::base64 {
namespace {

using Table = std::array<std::uint8_t, 16>;

constexpr bool is_digit(unsigned c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

constexpr unsigned value_of(unsigned digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (digit >= '0' && digit <= '9') return digit - '0' + 52;
  return digit == '+' ? 62 : 63;
}

// Upper halves with the same lower halves share a bit: 2; 3; 4 and 6; 5 and 7; all others.
constexpr std::uint8_t bit_of(unsigned upper) {
  if (upper < 2 || upper > 7) return 16;
  return upper < 4 ? static_cast<std::uint8_t>(1u << (upper - 2)) : static_cast<std::uint8_t>(4u << (upper % 2));
}

constexpr Table upper_bits = [] {
  Table table{};
  for (unsigned upper = 0; upper < 16; ++upper) table[upper] = bit_of(upper);
  return table;
}();

// For a lower half the bits of those upper halves with which it is no digit.
constexpr Table wrong_bits = [] {
  Table table{};
  for (unsigned lower = 0; lower < 16; ++lower) {
    for (unsigned upper = 0; upper < 16; ++upper) {
      if (!is_digit(upper << 4 | lower)) table[lower] |= bit_of(upper);
    }
  }
  return table;
}();

// What is added to a digit to get its value; / is looked up one place below +.
constexpr Table to_value = [] {
  Table table{};
  for (const char digit : std::string_view("/+0AZaz")) {
    const auto c = static_cast<unsigned>(digit);
    table[digit == '/' ? 1 : c >> 4] = static_cast<std::uint8_t>(value_of(c) - c);
  }
  return table;
}();

// What is added to a value to get its digit: 0: small letters, 1 to 10: figures, 11: +, 12: /, 13: capital letters.
constexpr std::uint8_t last_small = 51;
constexpr std::uint8_t capital = 13;
constexpr Table to_digit = [] {
  Table table{};
  for (const char digit : std::string_view("a0123456789+/A")) {
    const auto c = static_cast<unsigned>(digit);
    const unsigned value = value_of(c);
    const unsigned place = value < 26 ? capital : value <= last_small ? 0 : value - last_small;
    table[place] = static_cast<std::uint8_t>(c - value);
  }
  return table;
}();

__attribute__((target("avx2"))) __m256i in_both_halves(const Table& table) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// 24 bytes a step, read as twice 16.
constexpr std::size_t bytes_step = 24;
constexpr std::size_t bytes_read = 28;
// 32 digits a step, written as 32 bytes of which 24 count. Their rest must lie within what is written anyway.
constexpr std::size_t digits_step = 32;
constexpr std::size_t digits_needed = 48;
static_assert(digits_needed / group_digits * group_bytes >= digits_step);

__attribute__((target("avx2"))) std::size_t encode_avx2(const char* from, std::size_t size, char* to) {
  // Each group of three bytes becomes a number of 24 bits.
  const __m256i group =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1));
  const __m256i digits = in_both_halves(to_digit);
  std::size_t done = 0;
  for (; size - done >= bytes_read; done += bytes_step, to += digits_step) {
    const auto* const at = reinterpret_cast<const __m128i*>(from + done);
    const auto* const next = reinterpret_cast<const __m128i*>(from + done + bytes_step / 2);
    const __m256i bytes =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(at)), _mm_loadu_si128(next), 1);
    const __m256i bits = _mm256_shuffle_epi8(bytes, group);
    // The first six bits go to the first byte, and so on.
    const __m256i first = _mm256_srli_epi32(bits, 18);
    const __m256i second = _mm256_and_si256(_mm256_srli_epi32(bits, 4), _mm256_set1_epi32(0x3F00));
    const __m256i third = _mm256_and_si256(_mm256_slli_epi32(bits, 10), _mm256_set1_epi32(0x3F0000));
    const __m256i fourth = _mm256_and_si256(_mm256_slli_epi32(bits, 24), _mm256_set1_epi32(0x3F000000));
    const __m256i values = _mm256_or_si256(_mm256_or_si256(first, second), _mm256_or_si256(third, fourth));
    const __m256i is_capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i place = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(last_small)),
                                          _mm256_and_si256(is_capital, _mm256_set1_epi8(capital)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_add_epi8(values, _mm256_shuffle_epi8(digits, place)));
  }
  return done;
}

__attribute__((target("avx2"))) std::size_t decode_avx2(const char* from, std::size_t digits, char* to) {
  const __m256i uppers = in_both_halves(upper_bits);
  const __m256i wrong = in_both_halves(wrong_bits);
  const __m256i offsets = in_both_halves(to_value);
  // The three bytes of each group's number, and then the twelve of each half side by side.
  const __m256i group =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  const __m256i half = _mm256_set1_epi8(0x0F);
  std::size_t done = 0;
  for (; digits - done >= digits_needed; done += digits_step, to += bytes_step) {
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + done));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
    const __m256i lower = _mm256_and_si256(text, half);
    if (_mm256_testz_si256(_mm256_shuffle_epi8(uppers, upper), _mm256_shuffle_epi8(wrong, lower)) == 0) break;
    // A comparison that is true is -1.
    const __m256i place = _mm256_add_epi8(upper, _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/')));
    const __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(offsets, place));
    // 6 and 6 bits to 12, 12 and 12 to 24.
    const __m256i halves = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0140));
    const __m256i bits = _mm256_madd_epi16(halves, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(bits, group), together);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
  }
  return done;
}

const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;

}  // namespace

std::size_t encode_wide(const char* from, std::size_t size, char* to) {
  return has_avx2 && size >= bytes_read ? encode_avx2(from, size, to) : 0;
}

std::size_t decode_wide(const char* from, std::size_t digits, char* to) {
  return has_avx2 && digits >= digits_needed ? decode_avx2(from, digits, to) : 0;
}

}  // namespace millrace::codec::base64

#else

namespace millrace::codec::base64 {

std::size_t encode_wide(const char*, std::size_t, char*) { return 0; }
std::size_t decode_wide(const char*, std::size_t, char*) { return 0; }

}  // namespace millrace::codec::base64

#endif
