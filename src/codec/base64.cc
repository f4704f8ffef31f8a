// base64 of text.h. Records of streams are mostly this, so it works by groups and not by characters: four digits at a
// time through tables that hold their bits where they belong, and two digits for twelve bits on the way out.
#include "codec/base64.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "codec/text.h"

namespace millrace::codec {
namespace base64 {
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

void encode_portable(const char* bytes, std::size_t size, char* to) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(bytes);
  std::size_t left = size;
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
}

std::optional<std::size_t> decode_portable(const char* text, std::size_t digits, char* to) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(text);
  std::uint32_t seen = 0;
  // Each group is stored as four bytes, of which the next one overwrites the last.
  for (std::size_t groups = digits / 4; groups > 0; --groups, from += 4, to += 3) {
    const std::uint32_t group =
        digit_bits[0][from[0]] | digit_bits[1][from[1]] | digit_bits[2][from[2]] | digit_bits[3][from[3]];
    seen |= group;
    std::memcpy(to, &group, sizeof group);
  }
  const std::size_t last = digits % 4;
  const std::uint32_t group = group_of(from, last);
  seen |= group;
  std::memcpy(to, &group, sizeof group);
  if ((seen & no_digit) != 0) return std::nullopt;
  return digits / 4 * 3 + (last == 0 ? 0 : last - 1);
}

}  // namespace base64

void base64_encode(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  const std::size_t end = start + base64::digits_of(bytes.size());
  // (What the standard library of Debian 12 passes as the size may be the capacity.)
  out.resize_and_overwrite(end, [&](char* data, std::size_t) {
    char* const to = data + start;
    const std::size_t done = base64::encode_wide(bytes.data(), bytes.size(), to);
    base64::encode_portable(bytes.data() + done, bytes.size() - done, to + base64::digits_of(done));
    return end;
  });
}

std::optional<std::size_t> base64_decode(std::string_view text, char* to) {
  if (text.size() % base64::group_digits != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  const std::size_t done = base64::decode_wide(text.data(), text.size(), to);
  const std::size_t bytes = done / base64::group_digits * base64::group_bytes;
  const auto rest = base64::decode_portable(text.data() + done, text.size() - done, to + bytes);
  if (!rest) return std::nullopt;
  return bytes + *rest;
}

bool base64_decode(std::string_view text, std::string& out) {
  const std::size_t start = out.size();
  bool good = false;
  out.resize_and_overwrite(start + base64_room(text.size()), [&](char* data, std::size_t) {
    const auto size = base64_decode(text, data + start);
    good = size.has_value();
    return start + size.value_or(0);
  });
  return good;
}

}  // namespace millrace::codec
