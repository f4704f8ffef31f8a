// The character classes of RFC 9110, section 5.6.
#pragma once
#include <algorithm>
#include <string_view>

namespace millrace::http {

constexpr bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
// Methods and field names are made of these.
constexpr bool is_token_char(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
constexpr bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_char); }
// What a field value may hold: visible characters, space, tab, and bytes above ASCII, whatever they mean.
constexpr bool is_text_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}
constexpr bool is_text(std::string_view text) { return std::ranges::all_of(text, is_text_char); }
// A host with an optional port, as far as its characters go (RFC 3986, section 3.2.2).
constexpr bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace millrace::http
