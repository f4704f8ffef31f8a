#include "codec/text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace millrace::codec {
namespace {

constexpr std::string_view lower_hex = "0123456789abcdef";
constexpr std::string_view upper_hex = "0123456789ABCDEF";
constexpr std::uint8_t no_digit = 0xFF;

constexpr auto hex_digits = [] {
  std::array<std::uint8_t, 256> digits;
  digits.fill(no_digit);
  for (std::uint8_t i = 0; i < 16; ++i) {
    digits[static_cast<std::uint8_t>(lower_hex[i])] = i;
    digits[static_cast<std::uint8_t>(upper_hex[i])] = i;
  }
  return digits;
}();

constexpr std::uint32_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

constexpr bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

void hex_encode(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + bytes.size() * 2);
  for (const char c : bytes) {
    out += lower_hex[byte_of(c) >> 4];
    out += lower_hex[byte_of(c) & 15];
  }
}

bool hex_decode(std::string_view text, std::string& out) {
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = hex_digits[static_cast<std::uint8_t>(text[i])];
    const std::uint8_t low = hex_digits[static_cast<std::uint8_t>(text[i + 1])];
    if (high == no_digit || low == no_digit) return false;
    out += static_cast<char>(high << 4 | low);
  }
  return true;
}

void percent_encode(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += upper_hex[byte_of(c) >> 4];
      out += upper_hex[byte_of(c) & 15];
    }
  }
}

bool percent_decode(std::string_view text, Plus plus, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + text.size());  // it only shrinks
  char* to = out.data() + start;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++at) {
    if (*at == '%') {
      if (end - at < 3) return false;
      const std::uint8_t high = hex_digits[static_cast<std::uint8_t>(at[1])];
      const std::uint8_t low = hex_digits[static_cast<std::uint8_t>(at[2])];
      if (high == no_digit || low == no_digit) return false;
      *to++ = static_cast<char>(high << 4 | low);
      at += 2;
    } else {
      *to++ = *at == '+' && plus == Plus::space ? ' ' : *at;
    }
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return true;
}

bool is_utf8(std::string_view text) {
  // Names and keys are short, and mostly ASCII.
  constexpr std::size_t short_max = 64;
  if (text.size() <= short_max && std::ranges::none_of(text, [](char c) { return (byte_of(c) & 0x80) != 0; }))
    return true;
  return simdjson::validate_utf8(text.data(), text.size());
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (byte_of(c) & 0xC0) != 0x80;
  return count;
}

void append_utf8(char32_t character, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xC0 | character >> 6);
    tail(0);
  } else if (character < 0x10000) {
    out += static_cast<char>(0xE0 | character >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | character >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace millrace::codec
