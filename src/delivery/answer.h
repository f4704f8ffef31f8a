// What readers of other servers' answers have in common.
#pragma once
#include <string>
#include <string_view>

#include "codec/json_value.h"
#include "delivery/http_client.h"

namespace millrace::delivery {

// The value of the first header of this name (in lower case); empty when there is none.
inline std::string_view header_of(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [known, value] : answer.headers) {
    if (known == name) return value;
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
