#include "aws/page_token.h"

#include <fmt/format.h>

#include "codec/text.h"

namespace millrace::aws {
namespace {

constexpr char token_mark = '\n';

}  // namespace

std::string make_page_token(std::string_view about, std::string_view last) {
  std::string text;
  codec::base64_encode(fmt::format("{}{}{}", about, token_mark, last), text);
  return text;
}

std::optional<PageToken> read_page_token(const std::string& text) {
  std::string plain;
  if (!codec::base64_decode(text, plain)) return std::nullopt;
  const auto mark = plain.rfind(token_mark);
  if (mark == std::string::npos) return std::nullopt;
  return PageToken{plain.substr(0, mark), plain.substr(mark + 1)};
}

}  // namespace millrace::aws
