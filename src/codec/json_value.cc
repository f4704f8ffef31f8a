#include "codec/json_value.h"

#include <charconv>
#include <ranges>

#include "codec/json_document.h"
#include "codec/json_writer.h"

namespace millrace::codec {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// The parser has bounded the depth, and with it this recursion.
JsonValue converted(element from) {
  switch (from.type()) {
    case element_type::NULL_VALUE: return {};
    case element_type::BOOL: return {bool(from)};
    case element_type::INT64: return {std::int64_t(from)};
    // Larger than any int64: simdjson uses the signed type whenever the number fits.
    case element_type::UINT64: return {static_cast<double>(std::uint64_t(from))};
    case element_type::DOUBLE: return {double(from)};
    case element_type::STRING: return {std::string(std::string_view(from))};
    case element_type::ARRAY: {
      JsonValue::Array array;
      for (const element each : simdjson::dom::array(from)) array.push_back(converted(each));
      return {std::move(array)};
    }
    case element_type::OBJECT: {
      JsonValue::Object object;
      for (const auto [name, each] : simdjson::dom::object(from))
        object.push_back({std::string(name), converted(each)});
      return {std::move(object)};
    }
  }
  return {};
}

template <class Number>
void write_number(Number number, std::string& out) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

struct Writer {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { write_number(value, out); }
  void operator()(double value) const { write_number(value, out); }
  void operator()(const std::string& value) const { write_json_string(value, out); }
  void operator()(const JsonValue::Array& array) const {
    out += '[';
    for (bool first = true; const JsonValue& each : array) {
      if (!first) out += ',';
      first = false;
      write_json(each, out);
    }
    out += ']';
  }
  void operator()(const JsonValue::Object& object) const {
    out += '{';
    for (bool first = true; const auto& [name, each] : object) {
      if (!first) out += ',';
      first = false;
      write_json_string(name, out);
      out += ':';
      write_json(each, out);
    }
    out += '}';
  }
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  for (const auto& [each, value] : std::views::reverse(*members)) {
    if (each == name) return &value;
  }
  return nullptr;
}

bool JsonValue::operator==(const JsonValue& other) const { return data == other.data; }

Result<JsonValue> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) return fail(ErrorCode::invalid, "the JSON document is too large");
  const JsonDocument document(text, limits.depth_max);
  if (document.root() == nullptr) return fail(ErrorCode::invalid, std::string(document.problem()));
  return converted(*document.root());
}

void write_json(const JsonValue& value, std::string& out) { std::visit(Writer{out}, value.data); }

}  // namespace millrace::codec
