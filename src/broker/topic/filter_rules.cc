#include "broker/topic/filter_rules.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>

#include "broker/topic/filter_code.h"
#include "broker/topic/filter_value.h"

namespace millrace::broker {
namespace {

using Type = FilterJson::Type;
using Failure = std::optional<FilterRuleError>;

constexpr std::string_view one_key_only = "Only one key allowed in match expression";
constexpr std::string_view too_many_elements = "Too many elements in numeric expression";

Failure wrong(std::string_view what, std::size_t position) { return FilterRuleError{std::string(what), position}; }
Failure wrong_anywhere(std::string_view what) { return FilterRuleError{std::string(what), {}}; }

// A second member of an object that must have but one.
Failure alone(const FilterJson& object, std::string_view what = one_key_only) {
  if (object.children.size() == 1) return {};
  return wrong(what, object.children[1].met);
}

FilterValue value_of(const FilterJson& from, std::string& digits) {
  switch (from.type) {
    case Type::string: return {FilterKind::string, 0, from.text};
    case Type::number: return *filter_number(from.text, digits);
    case Type::true_value: return {FilterKind::true_value, 0, {}};
    case Type::false_value: return {FilterKind::false_value, 0, {}};
    default: return {FilterKind::null_value, 0, {}};
  }
}

void encode_value(const FilterJson& from, std::string& out) {
  std::string digits;
  encode_condition(FilterCondition::exact(value_of(from, digits)), out);
}

void encode_sorted(const std::set<std::string>& conditions, std::string& out) {
  for (const std::string& each : conditions) out += each;
}

// --- wildcard: asterisks, and backslashes before an asterisk or a backslash that mean themselves ---

Failure encode_wildcard(std::string_view pattern, std::string& out) {
  std::string pieces, piece;
  ByteWriter writer(pieces);
  bool one_piece = true;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    // The service counts the opening quote.
    if (pattern[i] == '*') {
      if (pattern.substr(i + 1, 1) == "*") {
        return wrong_anywhere("Consecutive wildcard characters at pos " + std::to_string(i + 1));
      }
      writer.string(piece);
      piece.clear();
      one_piece = false;
    } else if (pattern[i] == '\\') {
      const auto next = pattern.substr(i + 1, 1);
      if (next != "*" && next != "\\")
        return wrong_anywhere("Invalid escape character at pos " + std::to_string(i + 1));
      piece += next;
      ++i;
    } else {
      piece += pattern[i];
    }
  }
  writer.string(piece);
  if (one_piece) {
    encode_condition(FilterCondition::exact({FilterKind::string, 0, piece}), out);
  } else {
    encode_condition({.op = FilterOp::wildcard, .nested = pieces}, out);
  }
  return {};
}

// --- prefix, suffix, equals-ignore-case and wildcard ---

std::optional<FilterOp> text_op(std::string_view name) {
  if (name == "prefix") return FilterOp::prefix;
  if (name == "suffix") return FilterOp::suffix;
  if (name == "equals-ignore-case") return FilterOp::ignore_case;
  if (name == "wildcard") return FilterOp::wildcard;
  return {};
}

Failure encode_text(FilterOp op, std::string_view text, std::string& out) {
  if (op == FilterOp::wildcard) return encode_wildcard(text, out);
  const std::string folded = op == FilterOp::ignore_case ? filter_folded(text) : std::string();
  encode_condition(FilterCondition::of_text(op, op == FilterOp::ignore_case ? folded : text), out);
  return {};
}

Failure not_a_string(std::string_view name, std::size_t position) {
  return wrong(std::string(name) + " match pattern must be a string", position);
}

// --- numeric ---

// The array's values one after the other, then its end.
class Elements {
 public:
  explicit Elements(const FilterJson& array) : array_(array) {}
  // Null at the end.
  const FilterJson* next() {
    at_ += at_ < static_cast<std::ptrdiff_t>(array_.children.size());
    return at_ < static_cast<std::ptrdiff_t>(array_.children.size()) ? &array_.children[static_cast<std::size_t>(at_)]
                                                                     : nullptr;
  }
  // Where the parser is with this one, when a string was not looked at.
  std::size_t position(const FilterJson* value) const { return value ? value->met : array_.read; }
  // As the parser shows it in an error.
  static std::string_view shown(const FilterJson* value) {
    if (value == nullptr) return "]";
    if (value->is(Type::array)) return "[";
    if (value->is(Type::object)) return "{";
    return value->text;
  }

 private:
  const FilterJson& array_;
  std::ptrdiff_t at_ = -1;
};

struct Bounds {
  std::int64_t low = -filter_number_max;
  std::int64_t high = filter_number_max;
};

Failure read_number(const FilterJson* value, std::int64_t& into, std::size_t position) {
  std::string digits;
  const auto number = filter_number(value->text, digits);
  if (number->kind != FilterKind::number) {
    return wrong("Value must be between -5.0E9 and 5.0E9, inclusive", position);
  }
  into = number->number;
  return {};
}

bool is_number(const FilterJson* value) { return value != nullptr && value->is(Type::number); }

// What follows a lower bound: the end, or an upper bound and the end.
Failure complete_range(Elements& elements, std::int64_t bottom, Bounds& bounds) {
  const FilterJson* name = elements.next();
  if (name == nullptr) return {};
  if (!name->is(Type::string)) {
    return wrong("Bad value in numeric range: " + std::string(Elements::shown(name)), elements.position(name));
  }
  if (name->text != "<" && name->text != "<=") return wrong("Bad numeric range operator: " + name->text, name->read);
  const FilterJson* value = elements.next();
  if (!is_number(value)) return wrong("Value of " + name->text + " must be numeric", elements.position(value));
  const FilterJson* after = elements.next();
  if (after != nullptr) return wrong("Too many terms in numeric range expression", elements.position(after));
  std::int64_t top = 0;
  if (auto error = read_number(value, top, elements.position(after))) return error;
  if (top <= bottom) return wrong("Bottom must be less than top", elements.position(after));
  bounds.high = name->text == "<" ? top - 1 : top;
  return {};
}

Failure encode_numeric(const FilterJson& value, std::string& out) {
  if (!value.is(Type::array)) return wrong("Value of numeric must be an array.", value.met);
  Elements elements(value);
  const FilterJson* op = elements.next();
  if (op == nullptr || !op->is(Type::string)) {
    return wrong("Invalid member in numeric match: " + std::string(Elements::shown(op)), elements.position(op));
  }
  const std::string& name = op->text;
  const FilterJson* operand = elements.next();
  const std::size_t position = elements.position(operand);
  if (name != "=" && name != "<" && name != "<=" && name != ">" && name != ">=") {
    return wrong("Unrecognized numeric range operator: " + name, position);
  }
  if (!is_number(operand)) {
    return wrong("Value of " + (name == "=" ? "equals" : name) + " must be numeric", position);
  }
  std::int64_t number = 0;
  if (auto error = read_number(operand, number, position)) return error;
  Bounds bounds;
  if (name[0] == '>') {
    bounds.low = name == ">" ? number + 1 : number;
    if (auto error = complete_range(elements, number, bounds)) return error;
  } else {
    const FilterJson* after = elements.next();
    if (after != nullptr) return wrong(too_many_elements, elements.position(after));
    bounds.high = name == "<" ? number - 1 : number;
    if (name == "=") bounds.low = number;
  }
  if (bounds.low == bounds.high) {
    encode_condition(FilterCondition::exact({FilterKind::number, bounds.low, {}}), out);
  } else {
    encode_condition(FilterCondition::range(bounds.low, bounds.high), out);
  }
  return {};
}

// --- cidr ---

Failure encode_cidr(const FilterJson& value, std::string& out) {
  // The service says prefix here.
  if (!value.is(Type::string)) return not_a_string("prefix", value.met);
  const std::string_view text = value.text;
  const auto slash = text.find('/');
  if (slash == text.npos || text.find('/', slash + 1) != text.npos || slash + 1 == text.size()) {
    return wrong_anywhere("Malformed CIDR, one '/' required");
  }
  const auto digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    return wrong_anywhere("Malformed CIDR, mask bits must be an integer");
  }
  if (bits < 0) return wrong_anywhere("Malformed CIDR, mask bits must not be negative");
  const auto address = parse_filter_address(text.substr(0, slash));
  if (!address) return wrong_anywhere("Nonstandard IP address: " + std::string(text.substr(0, slash)));
  if (address->size == 4 && bits > 32) return wrong_anywhere("IPv4 mask bits must be < 33");
  if (bits > 128) return wrong_anywhere("IPv6 mask bits must be < 129");
  const FilterAddress network = address->masked(static_cast<unsigned>(bits));
  encode_condition({.op = FilterOp::cidr, .text = network.view(), .bits = static_cast<std::uint8_t>(bits)}, out);
  return {};
}

// --- anything-but ---

// {"prefix": "a"}, {"prefix": ["a", "b"]}
Failure anything_but_text(const FilterJson& object, std::set<std::string>& conditions) {
  if (object.children.empty()) return wrong("Anything-But expression name not found", object.read);
  const FilterJson& only = object.children[0];
  const auto op = text_op(only.name);
  if (!op) return wrong("Unsupported anything-but pattern: " + only.name, only.met);
  const auto add = [&](const FilterJson& value) -> Failure {
    if (!value.is(Type::string)) return not_a_string(only.name, value.met);
    if (value.text.empty() && (op == FilterOp::prefix || op == FilterOp::suffix)) {
      return wrong("Null prefix/suffix not allowed", value.read);
    }
    std::string condition;
    auto error = encode_text(*op, value.text, condition);
    conditions.insert(std::move(condition));
    return error;
  };
  if (!only.is(Type::array)) {
    if (auto error = add(only)) return error;
  } else if (only.children.empty()) {
    return wrong("Empty arrays are not allowed", only.read);
  } else {
    for (const FilterJson& each : only.children) {
      if (auto error = add(each)) return error;
    }
  }
  return alone(object);
}

// ["a", "b"] or [1, 2]
Failure anything_but_list(const FilterJson& array, std::set<std::string>& conditions) {
  for (const FilterJson& each : array.children) {
    if (!each.is(Type::string) && !each.is(Type::number)) {
      return wrong("Inside anything but list, start|null|boolean is not supported.", each.met);
    }
    std::string condition;
    encode_value(each, condition);
    conditions.insert(std::move(condition));
  }
  const auto is_first_type = [&](const FilterJson& each) { return each.is(array.children[0].type); };
  if (array.children.empty() || !std::ranges::all_of(array.children, is_first_type)) {
    return wrong("Inside anything but list, either all values are number or string, mixed type is not supported",
                 array.read);
  }
  return {};
}

Failure encode_anything_but(const FilterJson& value, std::string& out) {
  std::set<std::string> conditions;
  Failure error;
  if (value.is(Type::object)) {
    error = anything_but_text(value, conditions);
  } else if (value.is(Type::array)) {
    error = anything_but_list(value, conditions);
  } else if (value.is(Type::string) || value.is(Type::number)) {
    std::string condition;
    encode_value(value, condition);
    conditions.insert(std::move(condition));
  } else {
    error = wrong("Value of anything-but must be an array or single string/number value.", value.met);
  }
  if (error) return error;
  std::string nested;
  encode_sorted(conditions, nested);
  encode_condition({.op = FilterOp::anything_but, .nested = nested}, out);
  return {};
}

// --- one of them ---

Failure encode_expression(const FilterJson& object, std::string& out) {
  if (object.children.empty()) return wrong("Match expression name not found", object.read);
  const FilterJson& only = object.children[0];
  if (const auto op = text_op(only.name)) {
    if (!only.is(Type::string)) return not_a_string(only.name, only.met);
    if (auto error = encode_text(*op, only.text, out)) return error;
    return alone(object);
  }
  if (only.name == "exactly") {
    if (!only.is(Type::string)) return wrong("exact match pattern must be a string", only.met);
    encode_value(only, out);
    return alone(object);
  }
  if (only.name == "exists") {
    if (!only.is(Type::true_value) && !only.is(Type::false_value)) {
      return wrong("exists match pattern must be either true or false.", only.met);
    }
    encode_condition({.op = only.is(Type::true_value) ? FilterOp::exists : FilterOp::absent}, out);
    return alone(object);
  }
  if (only.name == "cidr") {
    if (auto error = encode_cidr(only, out)) return error;
    return alone(object);
  }
  if (only.name == "numeric") {
    if (auto error = encode_numeric(only, out)) return error;
    return alone(object, too_many_elements);
  }
  if (only.name == "anything-but") {
    if (auto error = encode_anything_but(only, out)) return error;
    return alone(object, too_many_elements);
  }
  return wrong("Unrecognized match type " + only.name, only.met);
}

}  // namespace

Failure encode_filter_rules(const FilterJson& array, std::string& code) {
  std::set<std::string> conditions;
  for (const FilterJson& each : array.children) {
    std::string condition;
    if (each.is(Type::array)) return wrong("Match value must be String, number, true, false, or null", each.met);
    if (each.is(Type::object)) {
      if (auto error = encode_expression(each, condition)) return error;
    } else {
      encode_value(each, condition);
    }
    conditions.insert(std::move(condition));
  }
  if (conditions.empty()) return wrong("Empty arrays are not allowed", array.read);
  code.clear();
  encode_sorted(conditions, code);
  return {};
}

}  // namespace millrace::broker
