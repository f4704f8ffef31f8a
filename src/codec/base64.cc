// base64 of text.h. Records of streams are mostly this, so it works by groups and not by characters: four digits at a
// time through tables that hold their bits where they belong, and two digits for twelve bits on the way out.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "codec/text.h"

namespace millrace::codec {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(std::endian::native == std::endian::little, "groups are stored as they lie in memory");

// For each of a group's four places: the digit's six bits where they belong in three bytes. A character that is no digit
// has a bit that no group has.
constexpr std::uint32_t no_digit = 1u << 31;
constexpr auto digit_bits = [] {
  std::array<std::array<std::uint32_t, 256>, 4> table{};
  for (auto& place : table) place.fill(no_digit);
  for (std::uint32_t digit = 0; digit < alphabet.size(); ++digit) {
    for (unsigned place = 0; place < 4; ++place) {
      const std::uint32_t bits = digit << (18 - 6 * place);
      table[place][static_cast<std::uint8_t>(alphabet[digit])] =
          (bits >> 16 & 0xFF) | (bits & 0xFF00) | (bits & 0xFF) << 16;
    }
  }
  return table;
}();

// The two digits of twelve bits.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (std::size_t bits = 0; bits < table.size(); ++bits) table[bits] = {alphabet[bits >> 6], alphabet[bits & 63]};
  return table;
}();

void put_pair(char* to, std::uint64_t bits) { std::memcpy(to, pairs[bits & 4095].data(), 2); }

// The bits of up to four digits.
std::uint32_t group_of(const std::uint8_t* digits, std::size_t count) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < count; ++i) group |= digit_bits[i][digits[i]];
  return group;
}

}  // namespace

void base64_encode(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  const std::size_t end = start + (bytes.size() + 2) / 3 * 4;
  // (What the standard library of Debian 12 passes as the size may be the capacity.)
  out.resize_and_overwrite(end, [&](char* data, std::size_t) {
    char* to = data + start;
    const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    // Six bytes at once, of eight that are there to be read.
    for (; left >= 8; left -= 6, from += 6, to += 8) {
      std::uint64_t group;
      std::memcpy(&group, from, sizeof group);
      group = std::byteswap(group);
      put_pair(to, group >> 52);
      put_pair(to + 2, group >> 40);
      put_pair(to + 4, group >> 28);
      put_pair(to + 6, group >> 16);
    }
    for (; left >= 3; left -= 3, from += 3, to += 4) {
      const std::uint32_t group = std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2];
      put_pair(to, group >> 12);
      put_pair(to + 2, group);
    }
    if (left > 0) {
      const std::uint32_t group = std::uint32_t{from[0]} << 16 | (left == 2 ? std::uint32_t{from[1]} << 8 : 0);
      put_pair(to, group >> 12);
      to[2] = left == 2 ? alphabet[group >> 6 & 63] : '=';
      to[3] = '=';
    }
    return end;
  });
}

bool base64_decode(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  const std::size_t start = out.size();
  const std::size_t last_digits = text.size() % 4;
  const std::size_t end = start + text.size() / 4 * 3 + (last_digits == 0 ? 0 : last_digits - 1);
  std::uint32_t seen = 0;
  // Each group is stored as four bytes, of which the next one overwrites the last.
  out.resize_and_overwrite(end + 4, [&](char* data, std::size_t) {
    char* to = data + start;
    const auto* from = reinterpret_cast<const std::uint8_t*>(text.data());
    for (std::size_t groups = text.size() / 4; groups > 0; --groups, from += 4, to += 3) {
      const std::uint32_t group =
          digit_bits[0][from[0]] | digit_bits[1][from[1]] | digit_bits[2][from[2]] | digit_bits[3][from[3]];
      seen |= group;
      std::memcpy(to, &group, sizeof group);
    }
    const std::uint32_t group = group_of(from, last_digits);
    seen |= group;
    std::memcpy(to, &group, sizeof group);
    return end;
  });
  return (seen & no_digit) == 0;
}

}  // namespace millrace::codec
