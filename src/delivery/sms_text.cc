#include "delivery/sms_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "codec/text.h"

namespace millrace::delivery {
namespace {

constexpr char escape = 0x1B;

// By their codes. 0x1B leads to the extension and stands for no character.
constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1BÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    U"¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(basic.size() == 128, "seven bits");

constexpr std::pair<char32_t, char> extension[] = {{U'\f', 0x0A}, {U'^', 0x14}, {U'{', 0x28}, {U'}', 0x29},
                                                   {U'\\', 0x2F}, {U'[', 0x3C}, {U'~', 0x3D}, {U']', 0x3E},
                                                   {U'|', 0x40},  {U'€', 0x65}};

// One character, taken from the front of a text that is not empty.
char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (size == 0 || size > text.size() || !codec::is_utf8(text.substr(0, size))) {
    text.remove_prefix(1);
    return U'?';
  }
  char32_t character = size == 1 ? lead : lead & (0x7Fu >> size);
  for (const char c : text.substr(1, size - 1)) character = character << 6 | (static_cast<unsigned char>(c) & 0x3F);
  text.remove_prefix(size);
  return character;
}

// Nothing when the alphabet does not have it.
std::optional<std::string> in_gsm7(char32_t character) {
  if (const auto at = basic.find(character); at != basic.npos && at != escape)
    return std::string(1, static_cast<char>(at));
  const auto* found = std::ranges::find(extension, character, &std::pair<char32_t, char>::first);
  if (found == std::end(extension)) return std::nullopt;
  return std::string{escape, found->second};
}

std::string in_ucs2(char32_t character) {
  std::string bytes;
  const auto add = [&bytes](std::uint32_t unit) {
    bytes += static_cast<char>(unit >> 8);
    bytes += static_cast<char>(unit);
  };
  if (character < 0x10000) {
    add(character);
  } else {
    add(0xD800 + ((character - 0x10000) >> 10));
    add(0xDC00 + ((character - 0x10000) & 0x3FF));
  }
  return bytes;
}

// The characters in order, as few parts as hold them.
std::vector<std::string> pack(std::span<const std::string> characters, std::size_t single_max, std::size_t part_max) {
  std::size_t total = 0;
  for (const auto& one : characters) total += one.size();
  const auto bytes_max = total <= single_max ? single_max : part_max;
  std::vector<std::string> parts(1);
  for (const auto& one : characters) {
    if (parts.back().size() + one.size() > bytes_max) parts.emplace_back();
    parts.back() += one;
  }
  return parts;
}

}  // namespace

SmsParts split_sms(std::string_view text) {
  std::vector<std::string> gsm7, ucs2;
  bool all_gsm7 = true;
  while (!text.empty()) {
    const auto character = take_character(text);
    auto encoded = in_gsm7(character);
    all_gsm7 = all_gsm7 && encoded;
    if (all_gsm7) gsm7.push_back(std::move(*encoded));
    ucs2.push_back(in_ucs2(character));
  }
  if (all_gsm7) return {SmsAlphabet::gsm7, pack(gsm7, gsm7_single_max, gsm7_part_max)};
  return {SmsAlphabet::ucs2, pack(ucs2, 2 * ucs2_single_max, 2 * ucs2_part_max)};
}

std::string read_sms(SmsAlphabet alphabet, std::string_view encoded) {
  std::string text;
  const auto byte = [encoded](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(encoded[i])}; };
  if (alphabet == SmsAlphabet::gsm7) {
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      if (encoded[i] != escape || i + 1 == encoded.size()) {
        codec::append_utf8(byte(i) < basic.size() && encoded[i] != escape ? basic[byte(i)] : U'?', text);
        continue;
      }
      const auto* found = std::ranges::find(extension, encoded[++i], &std::pair<char32_t, char>::second);
      codec::append_utf8(found == std::end(extension) ? U'?' : found->first, text);
    }
    return text;
  }
  for (std::size_t i = 0; i + 1 < encoded.size(); i += 2) {
    char32_t unit = byte(i) << 8 | byte(i + 1);
    if (unit >= 0xD800 && unit < 0xDC00 && i + 3 < encoded.size()) {
      const char32_t low = byte(i + 2) << 8 | byte(i + 3);
      if (low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    codec::append_utf8(unit >= 0xD800 && unit < 0xE000 ? U'?' : unit, text);
  }
  return text;
}

}  // namespace millrace::delivery
