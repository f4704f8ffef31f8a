#include "codec/json_reader.h"

#include <limits>

#include "codec/arena.h"
#include "codec/json_document.h"
#include "codec/numbers.h"
#include "codec/rules.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::codec {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using Problem = std::optional<Violation>;

std::string_view found(element value) {
  switch (value.type()) {
    case element_type::ARRAY: return "array";
    case element_type::OBJECT: return "object";
    case element_type::STRING: return "string";
    case element_type::BOOL: return bool(value) ? "true" : "false";
    case element_type::NULL_VALUE: return "null";
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE: return "number";
  }
  return "";
}

Problem read_value(element value, const Type& type, void* into, const Place& place, const ReadLimits& limits);

std::size_t index_of(const Shape& shape, std::string_view name) {
  std::size_t i = 0;
  while (i < shape.fields.size() && shape.fields[i].name != name) ++i;
  return i;
}

Problem read_structure(element value, const Shape& shape, void* into, const Place* place, const ReadLimits& limits) {
  simdjson::dom::object object;
  if (value.get(object)) return wrong_type_at(place == nullptr ? Place{} : *place, Kind::structure, found(value));
  std::uint64_t seen = 0;
  for (const auto [name, member] : object) {
    const std::size_t i = index_of(shape, name);
    if (i == shape.fields.size() || member.is_null()) continue;
    const Field& field = shape.fields[i];
    const Place here{.above = place, .field = &field};
    if (auto bad = read_value(member, *field.type, field.emplace(into), here, limits)) return bad;
    seen |= std::uint64_t{1} << i;
  }
  return check_members(shape, into, seen, place, limits);
}

Problem read_list(element value, const Type& type, void* into, const Place& place, const ReadLimits& limits) {
  simdjson::dom::array array;
  if (value.get(array)) return wrong_type_at(place, Kind::list, found(value));
  type.clear(into);
  std::size_t index = 0;
  for (const element entry : array) {
    ++index;
    if (entry.is_null()) continue;
    const Place here{.above = &place, .index = index};
    if (auto bad = read_value(entry, *type.element, type.append(into), here, limits)) return bad;
  }
  return {};
}

Problem read_map(element value, const Type& type, void* into, const Place& place, const ReadLimits& limits) {
  simdjson::dom::object object;
  if (value.get(object)) return wrong_type_at(place, Kind::map, found(value));
  type.clear(into);
  std::size_t index = 0;
  for (const auto [key, entry] : object) {
    ++index;
    if (entry.is_null()) continue;
    const Place here{.above = &place, .index = index, .key = key};
    void* slot = type.append_keyed(into, std::string(key));
    if (auto bad = read_value(entry, *type.element, slot, here, limits)) return bad;
  }
  return {};
}

template <class Int>
Problem read_integer(element value, Int& into, Kind kind, const Place& place) {
  constexpr Rule range{.min = std::numeric_limits<Int>::min(), .max = std::numeric_limits<Int>::max()};
  if (value.is<double>() && !value.is<std::int64_t>() && !value.is<std::uint64_t>()) {
    return wrong_type_at(place, kind, "number");
  }
  std::int64_t number = 0;
  if (std::uint64_t big = 0; value.get(number) && !value.get(big)) {
    return violation_at(place, Violation::Kind::out_of_range, std::to_string(big), range);
  }
  if (!value.is<std::int64_t>()) return wrong_type_at(place, kind, found(value));
  if (number < range.min || number > range.max) {
    return violation_at(place, Violation::Kind::out_of_range, std::to_string(number), range);
  }
  into = static_cast<Int>(number);
  return {};
}

// Numbers that JSON does not have come as text.
Problem read_double(element value, double& into, const Place& place) {
  if (std::string_view text; !value.get(text)) {
    if (read_unusual_double(text, into)) return {};
    return violation_at(place, Violation::Kind::malformed, text);
  }
  if (value.get(into)) return wrong_type_at(place, Kind::float64, found(value));
  return {};
}

Problem read_timestamp(element value, Time& into, const Place& place) {
  double seconds = 0;
  if (value.get(seconds)) return wrong_type_at(place, Kind::timestamp, found(value));
  if (const auto time = from_epoch_seconds(seconds)) {
    into = *time;
    return {};
  }
  std::string text;
  write_double(seconds, text);
  return violation_at(place, Violation::Kind::out_of_range, text, epoch_seconds_range);
}

// The parser's memory goes before the struct, so a view's text is copied too.
void read_string(std::string_view text, const Type& type, void* into, const ReadLimits& limits) {
  if (type.view) {
    *static_cast<std::string_view*>(into) = arena_of(limits).keep(text);
  } else {
    *static_cast<std::string*>(into) = text;
  }
}

Problem read_value(element value, const Type& type, void* into, const Place& place, const ReadLimits& limits) {
  switch (type.kind) {
    case Kind::structure: return read_structure(value, *type.shape, into, &place, limits);
    case Kind::list: return read_list(value, type, into, place, limits);
    case Kind::map: return read_map(value, type, into, place, limits);
    case Kind::int32: return read_integer(value, *static_cast<std::int32_t*>(into), type.kind, place);
    case Kind::int64: return read_integer(value, *static_cast<std::int64_t*>(into), type.kind, place);
    case Kind::float64: return read_double(value, *static_cast<double*>(into), place);
    case Kind::timestamp: return read_timestamp(value, *static_cast<Time*>(into), place);
    case Kind::boolean:
      if (value.get(*static_cast<bool*>(into))) return wrong_type_at(place, type.kind, found(value));
      return {};
    case Kind::string:
    case Kind::blob: {
      std::string_view text;
      if (value.get(text)) return wrong_type_at(place, type.kind, found(value));
      if (type.kind == Kind::string) {
        read_string(text, type, into, limits);
      } else if (!read_base64(text, type, into, limits)) {
        return violation_at(place, Violation::Kind::malformed, text);
      }
      return {};
    }
  }
  return {};
}

}  // namespace

std::optional<Violation> read_json(std::string_view text, const Shape& shape, void* into, const ReadLimits& limits) {
  if (text.size() > limits.bytes_max) return violation_of_request(Violation::Kind::too_long, "");
  static constexpr char empty_object[2 + json_padding] = {'{', '}'};
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) text = {empty_object, 2};
  const JsonDocument document(text, limits.depth_max, limits.padded);
  if (document.root() == nullptr) return violation_of_request(Violation::Kind::malformed, document.problem());
  return read_structure(*document.root(), shape, into, nullptr, limits);
}

}  // namespace millrace::codec
