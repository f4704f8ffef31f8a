// Lists of several pages: where a request goes on.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/page_token.h"
#include "aws/sns/errors.h"

namespace millrace::aws::sns {

inline Failure bad_next_token() { return invalid("NextToken"); }

// What the last page ended with; empty: there was none. A token that was not made for `about` is refused.
inline Outcome<std::string> read_page(const std::optional<std::string>& next_token, std::string_view about) {
  if (!next_token || next_token->empty()) return std::string();
  auto token = read_page_token(*next_token);
  if (!token || token->about != about) return refuse(bad_next_token());
  return std::move(token->last);
}

// Calls visit(entry) for a page of `found`, which has one entry more when there is another page; gives the token for that.
template <class Entries, class Place, class Visit>
std::optional<std::string> each_of_page(const Entries& found, std::size_t page, std::string_view about, Place place,
                                        Visit visit) {
  for (std::size_t i = 0; i < found.size() && i < page; ++i) visit(found[i]);
  if (found.size() <= page) return std::nullopt;
  return make_page_token(about, place(found[page - 1]));
}

}  // namespace millrace::aws::sns
