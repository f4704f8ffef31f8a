// What readers of other servers' answers have in common.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

#include "codec/json_value.h"
#include "delivery/http_client.h"
#include "http/message.h"

namespace millrace::delivery {

// The value of the first header of this name; empty when there is none.
inline std::string_view header_of(const HttpAnswer& answer, std::string_view name) {
  constexpr std::string_view spaces = " \t\r\n";
  std::string_view rest = answer.headers;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !http::equal_ignoring_case(line.substr(0, colon), name)) continue;
    const auto value = line.substr(colon + 1);
    const auto begin = std::min(value.find_first_not_of(spaces), value.size());
    return value.substr(begin, value.find_last_not_of(spaces) + 1 - begin);
  }
  return {};
}

// A member of an object if it is a string; empty otherwise, also when the text was no JSON.
inline std::string text_member(const Result<codec::JsonValue>& object, std::string_view name) {
  const auto* member = object ? object->find(name) : nullptr;
  const auto* text = member ? member->string() : nullptr;
  return text ? *text : std::string();
}

}  // namespace millrace::delivery
