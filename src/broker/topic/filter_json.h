// JSON text as a tree that knows where everything stood: the service's errors about filter policies name the position
// at which its parser (Jackson, fed with a String) had arrived, and no other reader here keeps positions.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::broker {

struct FilterJson {
  enum class Type : std::uint8_t { object, array, string, number, true_value, false_value, null_value };
  Type type = Type::null_value;
  std::string name;  // as a member of an object
  std::string text;  // a string without its escapes; anything else but objects and arrays as it was written
  std::vector<FilterJson> children;
  // Where the parser is when it has met the value, and when it has read it: for strings the former is behind the
  // opening quote, since they are read when they are asked for. In bytes from the start.
  std::uint32_t met = 0;
  std::uint32_t read = 0;

  bool is(Type which) const { return type == which; }
};

// What is wrong, and the parser's position then.
struct FilterJsonError {
  std::string what;
  std::size_t position = 0;
};

std::expected<FilterJson, FilterJsonError> parse_filter_json(std::string_view text, std::size_t depth_max);

// "\n at [Source: (String)"…"; line: 1, column: 7]", as the service appends it. Columns count from 1, in UTF-16 units.
// Nothing of text that is not UTF-8, since the reply must be.
std::string filter_json_location(std::string_view text, std::size_t position);

}  // namespace millrace::broker
