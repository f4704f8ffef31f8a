#include "aws/dynamodb/condition.h"

#include <algorithm>
#include <array>
#include <optional>

#include "codec/text.h"

namespace millrace::aws::dynamodb {
namespace {

using Kind = Condition::Kind;

constexpr std::array<std::string_view, 16> kind_names = {"AND",
                                                         "OR",
                                                         "NOT",
                                                         "=",
                                                         "<>",
                                                         "<",
                                                         "<=",
                                                         ">",
                                                         ">=",
                                                         "BETWEEN",
                                                         "IN",
                                                         "attribute_exists",
                                                         "attribute_not_exists",
                                                         "attribute_type",
                                                         "begins_with",
                                                         "contains"};

// The value of an operand, which is in the item, in the condition, or computed into `room`. Null: there is none.
const Value* value_of(const Operand& operand, const Attributes& item, Value& room) {
  switch (operand.kind) {
    case Operand::Kind::path: return find(item, operand.path);
    case Operand::Kind::value: return &operand.value;
    case Operand::Kind::size: {
      Value inner;
      const Value* measured = value_of(operand.operands.front(), item, inner);
      const auto length = measured != nullptr ? length_of(*measured) : std::nullopt;
      if (!length) return nullptr;
      room = Value{Decimal(static_cast<std::int64_t>(*length))};
      return &room;
    }
    default: return nullptr;
  }
}

// Nothing when the two cannot be compared.
std::optional<std::strong_ordering> order(const Value& left, const Value& right) {
  if (left.type() != right.type()) return std::nullopt;
  if (const auto* number = left.as<Decimal>()) return *number <=> *right.as<Decimal>();
  if (const auto* text = left.as<std::string>()) return *text <=> *right.as<std::string>();
  if (const auto* binary = left.as<Binary>()) return *binary <=> *right.as<Binary>();
  return std::nullopt;
}

bool begins_with(const Value& value, const Value& prefix) {
  if (value.type() != prefix.type()) return false;
  if (const auto* text = value.as<std::string>()) return text->starts_with(*prefix.as<std::string>());
  if (const auto* binary = value.as<Binary>()) return binary->bytes.starts_with(prefix.as<Binary>()->bytes);
  return false;
}

bool contains(const Value& value, const Value& part) {
  if (const auto* list = value.as<List>()) return std::ranges::find(*list, part) != list->end();
  if (const auto* text = part.as<std::string>()) {
    if (const auto* whole = value.as<std::string>()) return whole->find(*text) != std::string::npos;
    const auto* set = value.as<StringSet>();
    return set != nullptr && std::ranges::binary_search(set->members, *text);
  }
  if (const auto* binary = part.as<Binary>()) {
    if (const auto* whole = value.as<Binary>()) return whole->bytes.find(binary->bytes) != std::string::npos;
    const auto* set = value.as<BinarySet>();
    return set != nullptr && std::ranges::binary_search(set->members, *binary);
  }
  if (const auto* number = part.as<Decimal>()) {
    const auto* set = value.as<NumberSet>();
    return set != nullptr && std::ranges::binary_search(set->members, *number);
  }
  return false;
}

bool compare(Kind kind, const Value& left, const Value& right) {
  const auto ordering = order(left, right);
  if (!ordering) return false;
  switch (kind) {
    case Kind::less: return *ordering < 0;
    case Kind::less_or_equal: return *ordering <= 0;
    case Kind::greater: return *ordering > 0;
    default: return *ordering >= 0;
  }
}

bool holds_for(const Condition& condition, const Attributes& item) {
  std::vector<Value> rooms(condition.operands.size());
  std::vector<const Value*> values(condition.operands.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(condition.operands[i], item, rooms[i]);
  const Value* first = values.front();
  switch (condition.kind) {
    case Kind::exists: return first != nullptr;
    case Kind::not_exists: return first == nullptr;
    // What is not there differs from everything.
    case Kind::not_equal: return first == nullptr || values[1] == nullptr || !(*first == *values[1]);
    default: break;
  }
  if (first == nullptr) return false;
  if (condition.kind == Kind::in) {
    return std::any_of(values.begin() + 1, values.end(),
                       [&](const Value* value) { return value != nullptr && *value == *first; });
  }
  if (std::ranges::find(values, nullptr) != values.end()) return false;
  switch (condition.kind) {
    case Kind::equal: return *first == *values[1];
    case Kind::between:
      return compare(Kind::greater_or_equal, *first, *values[1]) && compare(Kind::less_or_equal, *first, *values[2]);
    case Kind::type: return first->type_name() == *values[1]->as<std::string>();
    case Kind::begins_with: return begins_with(*first, *values[1]);
    case Kind::contains: return contains(*first, *values[1]);
    default: return compare(condition.kind, *first, *values[1]);
  }
}

struct Length {
  using Result = std::optional<std::size_t>;
  Result operator()(const std::string& text) const { return codec::count_characters(text); }
  Result operator()(const Binary& binary) const { return binary.bytes.size(); }
  Result operator()(const List& list) const { return list.size(); }
  Result operator()(const Attributes& map) const { return map.size(); }
  template <class Set>
    requires requires(const Set& set) { set.members; }
  Result operator()(const Set& set) const {
    return set.members.size();
  }
  Result operator()(const Decimal&) const { return std::nullopt; }
  Result operator()(bool) const { return std::nullopt; }
  Result operator()(Null) const { return std::nullopt; }
};

}  // namespace

std::string_view name_of(Condition::Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<std::size_t> length_of(const Value& value) { return std::visit(Length{}, value.data); }

bool holds(const Condition& condition, const Attributes& item) {
  const auto holds_here = [&](const Condition& part) { return holds(part, item); };
  switch (condition.kind) {
    case Kind::conjunction: return std::ranges::all_of(condition.conditions, holds_here);
    case Kind::disjunction: return std::ranges::any_of(condition.conditions, holds_here);
    case Kind::negation: return !holds(condition.conditions.front(), item);
    default: return holds_for(condition, item);
  }
}

}  // namespace millrace::aws::dynamodb
