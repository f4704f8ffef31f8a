// Texts that keys and values of tags may be.
#pragma once
#include <algorithm>
#include <string_view>

namespace millrace::aws {

// Letters, digits and these symbols. Letters of any script are allowed; what is beyond ASCII is taken for one.
inline bool is_tag_text(std::string_view text, std::string_view symbols) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || symbols.find(c) != std::string_view::npos;
  });
}

}  // namespace millrace::aws
