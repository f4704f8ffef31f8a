#include "tests/wire/cbor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "codec/text.h"

namespace millrace::wire {
namespace {

using codec::CborDialect;
using codec::JsonValue;
using codec::Kind;

// ---- Requests ----

class Writer {
 public:
  explicit Writer(CborDialect dialect) : dialect_(dialect) {}

  // `shape` and `type` are null where the model knows nothing.
  void object(const JsonValue::Object& members, const codec::Shape* shape, const codec::Type* of_all) {
    open(5, members.size());
    for (const auto& [name, member] : members) {
      text(3, name);
      const codec::Type* type = of_all;
      if (shape != nullptr) {
        const auto field = std::ranges::find(shape->fields, name, &codec::Field::name);
        if (field != shape->fields.end()) type = field->type;
      }
      value(member, type);
    }
    close();
  }

  std::string out;

 private:
  void value(const JsonValue& from, const codec::Type* type) {
    if (const auto* members = from.object()) {
      const bool map = type != nullptr && type->kind == Kind::map;
      object(*members, type != nullptr ? type->shape : nullptr, map ? type->element : nullptr);
    } else if (const auto* list = from.array()) {
      open(4, list->size());
      for (const auto& each : *list) value(each, type != nullptr ? type->element : nullptr);
      close();
    } else if (const auto* string = from.string()) {
      std::string bytes;
      const bool blob = type != nullptr && type->kind == Kind::blob && codec::base64_decode(*string, bytes);
      blob ? text(2, bytes) : text(3, *string);
    } else if (const auto* truth = from.boolean()) {
      out += *truth ? '\xF5' : '\xF4';
    } else if (from.is_null()) {
      out += '\xF6';
    } else {
      const auto* whole = from.integer();
      number(whole != nullptr ? static_cast<double>(*whole) : *from.number(), whole, type);
    }
  }

  void number(double real, const std::int64_t* whole, const codec::Type* type) {
    if (type != nullptr && type->kind == Kind::timestamp) {
      out += '\xC1';
      if (dialect_ == CborDialect::aws) return integer(std::llround(real * 1000));
    }
    if (whole != nullptr) return integer(*whole);
    out += '\xFB';
    big_endian(std::bit_cast<std::uint64_t>(real), 8);
  }

  void integer(std::int64_t number) {
    number < 0 ? head(1, static_cast<std::uint64_t>(-1 - number)) : head(0, static_cast<std::uint64_t>(number));
  }
  void text(unsigned major, std::string_view content) {
    head(major, content.size());
    out += content;
  }
  void open(unsigned major, std::size_t count) {
    dialect_ == CborDialect::aws ? void(out += static_cast<char>(major << 5 | 31)) : head(major, count);
  }
  void close() {
    if (dialect_ == CborDialect::aws) out += '\xFF';
  }
  // Always in four or eight bytes where one does not do, which is longer than it must be and allowed.
  void head(unsigned major, std::uint64_t argument) {
    const unsigned info = argument < 24 ? static_cast<unsigned>(argument) : argument <= 0xFFFFFFFF ? 26 : 27;
    out += static_cast<char>(major << 5 | info);
    if (info >= 26) big_endian(argument, info == 26 ? 4 : 8);
  }
  void big_endian(std::uint64_t number, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
  }

  CborDialect dialect_;
};

// ---- Answers ----

class Reader {
 public:
  Reader(std::string_view bytes, CborDialect dialect) : rest_(bytes), dialect_(dialect) {}

  JsonValue value() {
    const auto first = static_cast<std::uint8_t>(take(1).front());
    const unsigned major = first >> 5;
    const unsigned info = first & 31;
    const std::uint64_t argument = info < 24 ? info : info < 28 ? number(std::size_t{1} << (info - 24)) : failed();
    switch (major) {
      case 0: return {static_cast<std::int64_t>(argument)};
      case 1: return {-1 - static_cast<std::int64_t>(argument)};
      case 2: {
        std::string text;
        codec::base64_encode(take(argument), text);
        return {text};
      }
      case 3: return {std::string(take(argument))};
      case 4: {
        JsonValue::Array list;
        for (std::uint64_t i = 0; i < argument && good_; ++i) list.push_back(value());
        return {std::move(list)};
      }
      case 5: {
        JsonValue::Object object;
        for (std::uint64_t i = 0; i < argument && good_; ++i) {
          const JsonValue key = value();
          if (key.string() == nullptr) failed();
          if (good_) object.push_back({*key.string(), value()});
        }
        return {std::move(object)};
      }
      case 6: return argument == 1 ? time(value()) : JsonValue{};
      default: break;
    }
    if (info == 20 || info == 21) return {info == 21};
    if (info == 27) return number_value(std::bit_cast<double>(argument));
    if (info != 22) failed();
    return {};
  }

  bool good() const { return good_ && rest_.empty(); }

 private:
  JsonValue time(const JsonValue& from) {
    const auto* whole = from.integer();
    const double number = whole != nullptr           ? static_cast<double>(*whole)
                          : from.number() != nullptr ? *from.number()
                                                     : NAN;
    if (std::isnan(number) || (dialect_ == CborDialect::aws && whole == nullptr)) failed();
    return number_value(dialect_ == CborDialect::aws ? number / 1000 : number);
  }

  std::uint64_t failed() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      failed();
      return {"\0", 1};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t number(std::size_t bytes) {
    std::uint64_t result = 0;
    for (const char each : take(bytes)) result = result << 8 | static_cast<std::uint8_t>(each);
    return result;
  }

  std::string_view rest_;
  CborDialect dialect_;
  bool good_ = true;
};

}  // namespace

std::string cbor_of(const JsonValue& value, const codec::Shape& shape, CborDialect dialect) {
  Writer writer(dialect);
  if (const auto* members = value.object()) writer.object(*members, &shape, nullptr);
  return std::move(writer.out);
}

std::optional<JsonValue> json_of(std::string_view bytes, CborDialect dialect) {
  Reader reader(bytes, dialect);
  JsonValue value = reader.value();
  if (!reader.good()) return std::nullopt;
  return value;
}

JsonValue number_value(double number) {
  if (std::trunc(number) == number && std::abs(number) < 1e15) return {static_cast<std::int64_t>(number)};
  return {number};
}

}  // namespace millrace::wire
