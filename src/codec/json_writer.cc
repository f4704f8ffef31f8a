#include "codec/json_writer.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "codec/numbers.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::codec {
namespace {

// What follows the backslash; 'u' for a \u00XX escape, 0 for a byte that passes.
constexpr auto escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

// The first byte at or after `at` that must be escaped. Looks at eight bytes at once: in each of `below`, `quotes` and
// `slashes` the lowest marked byte is exact (a borrow can only mark bytes above a marked one), and only it is used.
const char* next_escape(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t tops = 0x8080808080808080;
  for (; end - at >= 8; at += 8) {
    std::uint64_t bytes;
    std::memcpy(&bytes, at, 8);
    const std::uint64_t no_quotes = bytes ^ ones * '"';
    const std::uint64_t no_slashes = bytes ^ ones * '\\';
    const std::uint64_t below = (bytes - ones * 0x20) & ~bytes;
    const std::uint64_t quotes = (no_quotes - ones) & ~no_quotes;
    const std::uint64_t slashes = (no_slashes - ones) & ~no_slashes;
    const std::uint64_t marked = (below | quotes | slashes) & tops;
    if (marked != 0) return at + std::countr_zero(marked) / 8;
  }
  while (at != end && escapes[static_cast<unsigned char>(*at)] == 0) ++at;
  return at;
}

// What JSON has no number for is written as text.
void write_number(double value, std::string& out) {
  const bool unusual = !std::isfinite(value);
  if (unusual) out += '"';
  write_double(value, out);
  if (unusual) out += '"';
}

void write_value(const Type& type, const void* value, std::string& out);

void write_list(const Type& type, const void* list, std::string& out) {
  out += '[';
  for (std::size_t i = 0, size = type.size(list); i < size; ++i) {
    if (i > 0) out += ',';
    write_value(*type.element, type.at(list, i), out);
  }
  out += ']';
}

void write_map(const Type& type, const void* map, std::string& out) {
  out += '{';
  for (std::size_t i = 0, size = type.size(map); i < size; ++i) {
    if (i > 0) out += ',';
    write_json_string(type.key_at(map, i), out);
    out += ':';
    write_value(*type.element, type.at(map, i), out);
  }
  out += '}';
}

void write_value(const Type& type, const void* value, std::string& out) {
  switch (type.kind) {
    case Kind::string: return write_json_string(bytes_of(type, value), out);
    case Kind::blob:
      out += '"';
      base64_encode(bytes_of(type, value), out);
      out += '"';
      return;
    case Kind::boolean: out += *static_cast<const bool*>(value) ? "true" : "false"; return;
    case Kind::int32: return write_integer(*static_cast<const std::int32_t*>(value), out);
    case Kind::int64: return write_integer(*static_cast<const std::int64_t*>(value), out);
    case Kind::float64: return write_number(*static_cast<const double*>(value), out);
    case Kind::timestamp: return write_epoch_seconds(*static_cast<const Time*>(value), out);
    case Kind::structure: return write_json(*type.shape, value, out);
    case Kind::list: return write_list(type, value, out);
    case Kind::map: return write_map(type, value, out);
  }
}

bool is_empty_container(const Type& type, const void* value) {
  return (type.kind == Kind::list || type.kind == Kind::map) && type.size(value) == 0;
}

void write_members(const Shape& shape, const void* object, bool first, std::string& out) {
  for (const Field& field : shape.fields) {
    const void* value = field.get(object);
    if (value == nullptr || (!field.keeps_empty && is_empty_container(*field.type, value))) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += field.name;
    out += "\":";
    write_value(*field.type, value, out);
  }
}

}  // namespace

void write_json(const Shape& shape, const void* object, std::string& out) {
  out += '{';
  write_members(shape, object, true, out);
  out += '}';
}

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  const char* const end = text.data() + text.size();
  const char* run = text.data();
  for (const char* at = next_escape(run, end); at != end; at = next_escape(run, end)) {
    const char escape[2] = {'\\', escapes[static_cast<unsigned char>(*at)]};
    out.append(run, at);
    out.append(escape, 2);
    if (escape[1] == 'u') {
      out += "00";
      hex_encode({at, 1}, out);
    }
    run = at + 1;
  }
  out.append(run, end);
  out += '"';
}

void write_json_error(std::string_view type, std::string_view message, std::string& out, const Shape* shape,
                      const void* details) {
  out += "{\"__type\":";
  write_json_string(type, out);
  if (!message.empty()) {
    out += ",\"message\":";
    write_json_string(message, out);
  }
  if (shape != nullptr) write_members(*shape, details, false, out);
  out += '}';
}

}  // namespace millrace::codec
