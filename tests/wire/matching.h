// Texts with {{names}} in them: filled in where they are sent, matched and captured where they are expected.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json_value.h"

namespace millrace::wire {

using Names = std::map<std::string, std::string, std::less<>>;

// Replaces every {{name}} that is known; others stay.
std::string fill(std::string_view text, const Names& names);

// Empty when `actual` is what `expected` says; otherwise a line that names the difference. New names are captured.
std::string match_text(std::string_view expected, std::string_view actual, Names& names);
std::string match_json(const codec::JsonValue& expected, const codec::JsonValue& actual, Names& names);

}  // namespace millrace::wire
