// Numbers as text, for all encodings that are text.
#pragma once
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace millrace::codec {

template <std::integral Int>
void write_integer(Int value, std::string& out) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

// The shortest text that reads back as the same number; NaN, Infinity and -Infinity for what is none.
void write_double(double value, std::string& out);
// The whole text must be a number: digits, or one of the three words. What is too large for a double is none.
bool read_double(std::string_view text, double& into);
// The three words alone.
bool read_unusual_double(std::string_view text, double& into);

}  // namespace millrace::codec
