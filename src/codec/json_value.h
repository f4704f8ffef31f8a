// JsonValue: a JSON document as values, for the small documents that services carry inside strings (redrive and access
// policies). Requests are read with json_reader.h instead.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace millrace::codec {

struct JsonMember;

struct JsonValue {
  using Array = std::vector<JsonValue>;
  // In the document's order. A name may come twice; find() gives the last.
  using Object = std::vector<JsonMember>;

  // std::monostate is null. A number without fraction and exponent that fits is an int64, any other a double.
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data;

  bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  // Null when the value is of another type.
  const bool* boolean() const { return std::get_if<bool>(&data); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data); }
  const double* number() const { return std::get_if<double>(&data); }
  const std::string* string() const { return std::get_if<std::string>(&data); }
  const Array* array() const { return std::get_if<Array>(&data); }
  const Object* object() const { return std::get_if<Object>(&data); }
  // A member of an object; null when this is no object or has no such member.
  const JsonValue* find(std::string_view name) const;

  bool operator==(const JsonValue& other) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
  bool operator==(const JsonMember&) const = default;
};

struct JsonLimits {
  std::size_t bytes_max = 256 << 10;
  std::size_t depth_max = 32;
};

// ErrorCode::invalid with a short reason when the text is not one JSON document or exceeds a limit.
Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits = {});

// Without spaces, members in order.
void write_json(const JsonValue& value, std::string& out);

}  // namespace millrace::codec
