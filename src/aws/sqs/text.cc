#include "aws/sqs/text.h"

#include <algorithm>

#include "codec/text.h"

namespace millrace::aws::sqs {
namespace {

// One pass without branches over single bytes, which the compiler turns into vector code: most texts hold nothing to
// look at twice.
bool has_control_characters(std::string_view text) {
  unsigned char found = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20) & (byte != '\t') & (byte != '\n') & (byte != '\r');
    found = static_cast<unsigned char>(found | static_cast<unsigned char>(control));
  }
  return found != 0;
}

// U+FFFE and U+FFFF are EF BF BE and EF BF BF.
bool has_noncharacters(std::string_view text) {
  for (auto at = text.find('\xEF'); at != std::string_view::npos; at = text.find('\xEF', at + 1)) {
    const auto rest = text.substr(at + 1, 2);
    if (rest == "\xBF\xBE" || rest == "\xBF\xBF") return true;
  }
  return false;
}

}  // namespace

bool is_message_text(std::string_view text) {
  return !has_control_characters(text) && codec::is_utf8(text) && !has_noncharacters(text);
}

bool is_message_id_text(std::string_view text, std::size_t characters_max) {
  // All of ASCII from ! to ~ is letters, digits and punctuation.
  return !text.empty() && text.size() <= characters_max &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace millrace::aws::sqs
