#include "codec/cbor_reader.h"

#include <cmath>
#include <limits>
#include <string>

#include "codec/arena.h"
#include "codec/cbor_cursor.h"
#include "codec/numbers.h"
#include "codec/rules.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::codec {
namespace {

using Problem = std::optional<Violation>;

std::string_view found(const CborHead& head) {
  switch (head.major) {
    case cbor::unsigned_integer:
    case cbor::negative_integer: return "number";
    case cbor::bytes: return "blob";
    case cbor::text: return "string";
    case cbor::array: return "array";
    case cbor::map: return "object";
    default: break;
  }
  if (head.is_float()) return "number";
  if (head.info == cbor::true_value) return "true";
  if (head.info == cbor::false_value) return "false";
  return "null";
}

class Reader {
 public:
  Reader(std::string_view bytes, CborDialect dialect, const ReadLimits& limits)
      : cursor_(bytes, limits.depth_max), dialect_(dialect), limits_(limits) {}

  Problem document(const Shape& shape, void* into) {
    const Tagged root = untagged();
    if (auto bad = structure(root.head, shape, into, nullptr)) return bad;
    if (!cursor_.done()) return violation_of_request(Violation::Kind::malformed, "There is more after the CBOR.");
    return {};
  }

 private:
  struct Tagged {
    CborHead head;
    bool time = false;  // the innermost tag was a time's
  };

  // What is inside the tags that `head` may begin. Tags are counted like levels, since they cost as little.
  Tagged untagged(CborHead head) {
    Tagged value{.head = head};
    for (std::size_t tags = 0; value.head.major == cbor::tag; ++tags) {
      if (tags == limits_.depth_max) cursor_.fail("The CBOR has too many tags.");
      value.time = value.head.argument == cbor::time_tag;
      value.head = cursor_.head();
    }
    return value;
  }
  Tagged untagged() { return untagged(cursor_.head()); }

  Problem broken() const { return violation_of_request(Violation::Kind::malformed, cursor_.broken()); }
  // What a reader of a value ends with: that the input is broken counts more than what was found in it.
  Problem checked() const { return cursor_.good() ? Problem{} : broken(); }
  Problem wrong_type(const CborHead& head, Kind expected, const Place& place) const {
    return cursor_.good() ? wrong_type_at(place, expected, found(head)) : broken();
  }

  // The name of a member or the key of a map's entry. Views the input, or `joined`.
  std::optional<std::string_view> name(const CborHead& head, std::string& joined) {
    if (head.major != cbor::text) cursor_.fail("A key of a CBOR map is no text.");
    const auto text = cursor_.string(head, joined);
    if (!is_utf8(text)) cursor_.fail("The CBOR has text that is not UTF-8.");
    if (!cursor_.good()) return {};
    return text;
  }

  Problem structure(const CborHead& head, const Shape& shape, void* into, const Place* place) {
    if (head.major != cbor::map) return wrong_type(head, Kind::structure, place == nullptr ? Place{} : *place);
    std::uint64_t seen = 0;
    std::string joined;
    for (CborCursor::Entries entries(cursor_, head); entries.next();) {
      const auto key = name(entries.first(), joined);
      if (!key) return broken();
      std::size_t i = 0;
      while (i < shape.fields.size() && shape.fields[i].name != *key) ++i;
      const Tagged member = untagged();
      if (i == shape.fields.size()) {
        cursor_.skip(member.head);
      } else if (!member.head.is_absent()) {
        const Field& field = shape.fields[i];
        const Place here{.above = place, .field = &field};
        if (auto bad = value(member, *field.type, field.emplace(into), here)) return bad;
        seen |= std::uint64_t{1} << i;
      }
    }
    if (auto bad = checked()) return bad;
    return check_members(shape, into, seen, place, limits_);
  }

  Problem list(const CborHead& head, const Type& type, void* into, const Place& place) {
    if (head.major != cbor::array) return wrong_type(head, Kind::list, place);
    type.clear(into);
    std::size_t index = 0;
    for (CborCursor::Entries entries(cursor_, head); entries.next();) {
      ++index;
      const Tagged entry = untagged(entries.first());
      if (entry.head.is_absent()) continue;
      const Place here{.above = &place, .index = index};
      if (auto bad = value(entry, *type.element, type.append(into), here)) return bad;
    }
    return checked();
  }

  Problem map(const CborHead& head, const Type& type, void* into, const Place& place) {
    if (head.major != cbor::map) return wrong_type(head, Kind::map, place);
    type.clear(into);
    std::size_t index = 0;
    std::string joined;
    for (CborCursor::Entries entries(cursor_, head); entries.next();) {
      ++index;
      const auto key = name(entries.first(), joined);
      if (!key) return broken();
      const Tagged entry = untagged();
      if (entry.head.is_absent()) continue;
      const Place here{.above = &place, .index = index, .key = *key};
      void* slot = type.append_keyed(into, std::string(*key));
      if (auto bad = value(entry, *type.element, slot, here)) return bad;
    }
    return checked();
  }

  Problem value(const Tagged& from, const Type& type, void* into, const Place& place) {
    const CborHead& head = from.head;
    switch (type.kind) {
      case Kind::structure: return structure(head, *type.shape, into, &place);
      case Kind::list: return list(head, type, into, place);
      case Kind::map: return map(head, type, into, place);
      case Kind::string: return string(head, type, into, place);
      case Kind::blob: {
        if (head.major != cbor::bytes) return wrong_type(head, type.kind, place);
        if (type.view) {
          static_cast<BlobView*>(into)->bytes = view(head);
        } else {
          content(head, static_cast<Blob*>(into)->bytes);
        }
        return checked();
      }
      case Kind::boolean: return boolean(head, *static_cast<bool*>(into), place);
      case Kind::int32: return integer(head, *static_cast<std::int32_t*>(into), type.kind, place);
      case Kind::int64: return integer(head, *static_cast<std::int64_t*>(into), type.kind, place);
      case Kind::float64: {
        const auto number = number_of(head);
        if (!number) return wrong_type(head, type.kind, place);
        *static_cast<double*>(into) = *number;
        return {};
      }
      case Kind::timestamp: return timestamp(head, *static_cast<Time*>(into), place);
    }
    return {};
  }

  void content(const CborHead& head, std::string& into) {
    const auto bytes = cursor_.string(head, into);
    if (!head.is_indefinite()) into = bytes;
  }

  // Of the input; what came in chunks is put together in the arena.
  std::string_view view(const CborHead& head) {
    std::string joined;
    const auto bytes = cursor_.string(head, joined);
    return head.is_indefinite() ? arena_of(limits_).keep(bytes) : bytes;
  }

  Problem string(const CborHead& head, const Type& type, void* into, const Place& place) {
    if (head.major != cbor::text) return wrong_type(head, Kind::string, place);
    if (type.view) {
      *static_cast<std::string_view*>(into) = view(head);
    } else {
      content(head, *static_cast<std::string*>(into));
    }
    if (!is_utf8(bytes_of(type, into))) return violation_at(place, Violation::Kind::malformed);
    return checked();
  }

  Problem boolean(const CborHead& head, bool& into, const Place& place) {
    const bool is = head.major == cbor::simple && (head.info == cbor::true_value || head.info == cbor::false_value);
    if (!is) return wrong_type(head, Kind::boolean, place);
    into = head.info == cbor::true_value;
    return {};
  }

  static std::optional<double> number_of(const CborHead& head) {
    if (head.is_float()) return float_of(head);
    if (head.major == cbor::unsigned_integer) return static_cast<double>(head.argument);
    if (head.major == cbor::negative_integer) return -1 - static_cast<double>(head.argument);
    return {};
  }

  template <class Int>
  Problem integer(const CborHead& head, Int& into, Kind kind, const Place& place) {
    constexpr Rule range{.min = std::numeric_limits<Int>::min(), .max = std::numeric_limits<Int>::max()};
    const auto out_of_range = [&](std::string text) {
      return violation_at(place, Violation::Kind::out_of_range, text, range);
    };
    std::int64_t number = 0;
    if (head.is_float()) {
      constexpr double beyond = 0x1p63;
      const double value = float_of(head);
      if (!(std::trunc(value) == value)) return wrong_type(head, kind, place);
      if (value < -beyond || value >= beyond) {
        std::string text;
        write_double(value, text);
        return out_of_range(std::move(text));
      }
      number = static_cast<std::int64_t>(value);
    } else if (head.is_integer()) {
      const bool negative = head.major == cbor::negative_integer;
      if (head.argument > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        // -1 - argument: it fits into nothing that could be printed only at the very end.
        if (!negative) return out_of_range(std::to_string(head.argument));
        return out_of_range(head.argument + 1 == 0 ? "-18446744073709551616" : '-' + std::to_string(head.argument + 1));
      }
      number = static_cast<std::int64_t>(head.argument);
      if (negative) number = -1 - number;
    } else {
      return wrong_type(head, kind, place);
    }
    if (number < range.min || number > range.max) return out_of_range(std::to_string(number));
    into = static_cast<Int>(number);
    return {};
  }

  // With and without the tag.
  Problem timestamp(const CborHead& head, Time& into, const Place& place) {
    const auto number = number_of(head);
    if (!number) return wrong_type(head, Kind::timestamp, place);
    const auto time = from_epoch_seconds(dialect_ == CborDialect::aws ? *number / 1000 : *number);
    if (!time) {
      std::string text;
      write_double(*number, text);
      return violation_at(place, Violation::Kind::out_of_range, text, epoch_seconds_range);
    }
    into = *time;
    return {};
  }

  CborCursor cursor_;
  CborDialect dialect_;
  const ReadLimits& limits_;
};

}  // namespace

std::optional<Violation> read_cbor(std::string_view bytes, CborDialect dialect, const Shape& shape, void* into,
                                   const ReadLimits& limits) {
  if (bytes.size() > limits.bytes_max) return violation_of_request(Violation::Kind::too_long, "");
  if (bytes.empty()) bytes = "\xA0";  // a map of nothing
  return Reader(bytes, dialect, limits).document(shape, into);
}

}  // namespace millrace::codec
