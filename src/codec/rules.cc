#include "codec/rules.h"

#include "base/check.h"
#include "codec/arena.h"
#include "codec/numbers.h"
#include "codec/text.h"

namespace millrace::codec {

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::string: return "string";
    case Kind::blob: return "blob";
    case Kind::boolean: return "boolean";
    case Kind::int32: return "integer";
    case Kind::int64: return "long";
    case Kind::float64: return "double";
    case Kind::timestamp: return "timestamp";
    case Kind::structure: return "structure";
    case Kind::list: return "list";
    case Kind::map: return "map";
  }
  return "";
}

Arena& arena_of(const ReadLimits& limits) {
  check(limits.arena != nullptr, "views need an arena");
  return *limits.arena;
}

bool read_base64(std::string_view text, const Type& type, void* into, const ReadLimits& limits) {
  if (type.view) {
    char* const to = arena_of(limits).room(base64_room(text.size()));
    const auto size = base64_decode(text, to);
    if (size) static_cast<BlobView*>(into)->bytes = {to, *size};
    return size.has_value();
  }
  auto& bytes = static_cast<Blob*>(into)->bytes;
  bytes.clear();
  return base64_decode(text, bytes);
}

namespace {

// Appends ".NAME", without the dot at the start.
void extend(std::string& path, std::string_view name) {
  if (!path.empty()) path += '.';
  path += name;
}

void render(const Place& place, Violation& into) {
  if (place.above != nullptr) render(*place.above, into);
  if (place.field != nullptr) {
    extend(into.path, place.field->name);
    extend(into.query_path, place.field->wire.query);
    return;
  }
  if (place.index == 0) return;
  const std::string index = std::to_string(place.index);
  extend(into.path, place.key.data() == nullptr ? std::string_view(index) : place.key);
  extend(into.query_path, index);
  // Inside a map entry the query protocol has one level more than JSON.
  if (place.key.data() != nullptr && place.above != nullptr && place.above->field != nullptr) {
    extend(into.query_path, place.above->field->wire.value);
  }
}

// Never in the middle of a character.
std::string shortened(std::string_view value) {
  if (value.size() <= violation_value_max) return std::string(value);
  std::size_t end = violation_value_max;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return std::string(value.substr(0, end));
}

bool contains(std::span<const std::string_view> set, std::string_view value) {
  for (const auto& each : set) {
    if (each == value) return true;
  }
  return false;
}

std::optional<Violation> check_size(std::int64_t size, std::string_view value, const Rule& rule, const Place& place) {
  if (size < rule.min) return violation_at(place, Violation::Kind::too_short, value, rule);
  if (size > rule.max) return violation_at(place, Violation::Kind::too_long, value, rule);
  return {};
}

std::optional<Violation> check_number(std::int64_t number, const Rule& rule, const Place& place) {
  if (number >= rule.min && number <= rule.max) return {};
  return violation_at(place, Violation::Kind::out_of_range, std::to_string(number), rule);
}

std::optional<Violation> check_double(double number, const Rule& rule, const Place& place) {
  constexpr Rule anything;
  if (rule.min == anything.min && rule.max == anything.max) return {};
  if (number >= static_cast<double>(rule.min) && number <= static_cast<double>(rule.max)) return {};
  std::string text;
  write_double(number, text);
  return violation_at(place, Violation::Kind::out_of_range, text, rule);
}

std::optional<Violation> check_string(std::string_view text, const Rule& rule, const Place& place) {
  if (!rule.one_of.empty() && !contains(rule.one_of, text)) {
    return violation_at(place, Violation::Kind::not_in_set, text, rule);
  }
  constexpr Rule anything;
  if (rule.min == anything.min && rule.max == anything.max) return {};
  return check_size(static_cast<std::int64_t>(count_characters(text)), text, rule, place);
}

std::optional<Violation> check_value(const Type& type, const void* value, const Rule& rule, const Place& place) {
  switch (type.kind) {
    case Kind::string: return check_string(bytes_of(type, value), rule, place);
    case Kind::blob: return check_size(static_cast<std::int64_t>(bytes_of(type, value).size()), {}, rule, place);
    case Kind::int32: return check_number(*static_cast<const std::int32_t*>(value), rule, place);
    case Kind::int64: return check_number(*static_cast<const std::int64_t*>(value), rule, place);
    case Kind::float64: return check_double(*static_cast<const double*>(value), rule, place);
    case Kind::list:
    case Kind::map: return check_size(static_cast<std::int64_t>(type.size(value)), {}, rule, place);
    case Kind::boolean:
    case Kind::timestamp:
    case Kind::structure: return {};
  }
  return {};
}

}  // namespace

Violation violation_at(const Place& place, Violation::Kind kind, std::string_view value, const Rule& rule) {
  Violation violation{.kind = kind, .value = shortened(value), .rule = rule};
  render(place, violation);
  return violation;
}

Violation wrong_type_at(const Place& place, Kind expected, std::string_view found) {
  Violation violation = violation_at(place, Violation::Kind::wrong_type, found);
  violation.expected = name_of(expected);
  return violation;
}

Violation violation_of_request(Violation::Kind kind, std::string_view why) {
  return {.kind = kind, .value = std::string(why)};
}

std::optional<Violation> check_members(const Shape& shape, const void* object, std::uint64_t seen, const Place* above,
                                       const ReadLimits& limits) {
  for (std::size_t i = 0; i < shape.fields.size(); ++i) {
    const Field& field = shape.fields[i];
    const Place place{.above = above, .field = &field};
    if ((seen >> i & 1) == 0) {
      if (field.rule.required) return violation_at(place, Violation::Kind::missing, {}, field.rule);
      continue;
    }
    if (!limits.ranges) continue;
    if (auto bad = check_value(*field.type, field.get(object), field.rule, place)) return bad;
  }
  return {};
}

}  // namespace millrace::codec
