// Tokens of lists: where the next page begins, and what the request was about, so that a token serves no other request.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws {

struct PageToken {
  std::string about;  // may have several lines
  std::string last;   // has one
};

std::string make_page_token(std::string_view about, std::string_view last);
// Nothing when the text is no token.
std::optional<PageToken> read_page_token(const std::string& text);

}  // namespace millrace::aws
