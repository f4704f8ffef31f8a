#include "codec/cbor_writer.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace millrace::codec {
namespace {

std::uint64_t big_endian(std::uint64_t number) {
  return std::endian::native == std::endian::little ? std::byteswap(number) : number;
}

void write_head(std::uint8_t major, std::uint64_t argument, std::string& out) {
  const auto first = [&](std::uint64_t info) { return static_cast<char>(static_cast<unsigned>(major) << 5 | info); };
  if (argument < cbor::one_byte) {
    out += first(argument);
    return;
  }
  const unsigned width = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
  char head[1 + sizeof argument];
  head[0] = first(cbor::one_byte + width);
  const std::uint64_t bytes = big_endian(argument << (64 - (8 << width)));
  std::memcpy(head + 1, &bytes, sizeof bytes);
  out.append(head, 1 + (std::size_t{1} << width));
}

void write_integer(std::int64_t number, std::string& out) {
  if (number >= 0) {
    write_head(cbor::unsigned_integer, static_cast<std::uint64_t>(number), out);
  } else {
    write_head(cbor::negative_integer, static_cast<std::uint64_t>(-1 - number), out);
  }
}

void write_double(double number, std::string& out) {
  out += static_cast<char>(cbor::simple << 5 | cbor::eight_bytes);
  const std::uint64_t bytes = big_endian(std::bit_cast<std::uint64_t>(number));
  out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
}

void write_string(std::uint8_t major, std::string_view bytes, std::string& out) {
  write_head(major, bytes.size(), out);
  out += bytes;
}

void write_text(std::string_view text, std::string& out) { write_string(cbor::text, text, out); }

void write_simple(std::uint8_t value, std::string& out) { out += static_cast<char>(cbor::simple << 5 | value); }

void write_time(Time time, CborDialect dialect, std::string& out) {
  const std::int64_t ms = to_ms(time);
  write_head(cbor::tag, cbor::time_tag, out);
  if (dialect == CborDialect::aws) {
    write_integer(ms, out);
  } else if (ms % 1000 == 0) {
    write_integer(ms / 1000, out);
  } else {
    write_double(static_cast<double>(ms) / 1000, out);
  }
}

class Writer {
 public:
  Writer(CborDialect dialect, std::string& out) : dialect_(dialect), out_(out) {}

  void structure(const Shape& shape, const void* object) {
    write_head(cbor::map, count(shape, object), out_);
    members(shape, object);
  }

  static std::size_t count(const Shape& shape, const void* object) {
    std::size_t count = 0;
    for (const Field& field : shape.fields) count += is_written(field, field.get(object)) ? 1 : 0;
    return count;
  }

  void members(const Shape& shape, const void* object) {
    for (const Field& field : shape.fields) {
      const void* value = field.get(object);
      if (!is_written(field, value)) continue;
      write_text(field.name, out_);
      write(*field.type, value);
    }
  }

 private:
  static bool is_written(const Field& field, const void* value) {
    if (value == nullptr) return false;
    return field.keeps_empty || field.type->element == nullptr || field.type->size(value) > 0;
  }

  void write(const Type& type, const void* value) {
    switch (type.kind) {
      case Kind::string: return write_string(cbor::text, bytes_of(type, value), out_);
      case Kind::blob: return write_string(cbor::bytes, bytes_of(type, value), out_);
      case Kind::boolean:
        return write_simple(*static_cast<const bool*>(value) ? cbor::true_value : cbor::false_value, out_);
      case Kind::int32: return write_integer(*static_cast<const std::int32_t*>(value), out_);
      case Kind::int64: return write_integer(*static_cast<const std::int64_t*>(value), out_);
      case Kind::float64: return write_double(*static_cast<const double*>(value), out_);
      case Kind::timestamp: return write_time(*static_cast<const Time*>(value), dialect_, out_);
      case Kind::structure: return structure(*type.shape, value);
      case Kind::list: return list(type, value);
      case Kind::map: return map(type, value);
    }
  }

  void list(const Type& type, const void* value) {
    const std::size_t size = type.size(value);
    write_head(cbor::array, size, out_);
    for (std::size_t i = 0; i < size; ++i) write(*type.element, type.at(value, i));
  }

  void map(const Type& type, const void* value) {
    const std::size_t size = type.size(value);
    write_head(cbor::map, size, out_);
    for (std::size_t i = 0; i < size; ++i) {
      write_text(type.key_at(value, i), out_);
      write(*type.element, type.at(value, i));
    }
  }

  CborDialect dialect_;
  std::string& out_;
};

}  // namespace

void write_cbor(const Shape& shape, const void* object, CborDialect dialect, std::string& out) {
  Writer(dialect, out).structure(shape, object);
}

void write_cbor_error(std::string_view type, std::string_view message, CborDialect dialect, std::string& out,
                      const Shape* shape, const void* details) {
  const std::size_t more = shape == nullptr ? 0 : Writer::count(*shape, details);
  write_head(cbor::map, (message.empty() ? 1 : 2) + more, out);
  write_text("__type", out);
  write_text(type, out);
  if (!message.empty()) {
    write_text("message", out);
    write_text(message, out);
  }
  if (shape != nullptr) Writer(dialect, out).members(*shape, details);
}

}  // namespace millrace::codec
