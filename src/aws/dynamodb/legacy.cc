#include "aws/dynamodb/legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/dynamodb/convert.h"

namespace millrace::aws::dynamodb {
namespace {

namespace model = models::dynamodb;
using Kind = Condition::Kind;

struct Comparison {
  std::string_view name;
  Kind kind;
  bool negated;
  std::size_t values_min;
  std::size_t values_max;
};
constexpr std::array<Comparison, 13> comparisons{{
    {"EQ", Kind::equal, false, 1, 1},
    {"NE", Kind::not_equal, false, 1, 1},
    {"IN", Kind::in, false, 1, 100},
    {"LE", Kind::less_or_equal, false, 1, 1},
    {"LT", Kind::less, false, 1, 1},
    {"GE", Kind::greater_or_equal, false, 1, 1},
    {"GT", Kind::greater, false, 1, 1},
    {"BETWEEN", Kind::between, false, 2, 2},
    {"NOT_NULL", Kind::exists, false, 0, 0},
    {"NULL", Kind::not_exists, false, 0, 0},
    {"CONTAINS", Kind::contains, false, 1, 1},
    {"NOT_CONTAINS", Kind::contains, true, 1, 1},
    {"BEGINS_WITH", Kind::begins_with, false, 1, 1},
}};

Path path_of(const std::string& name) { return Path{{name}}; }

Condition compared(Kind kind, const std::string& name, std::vector<Value> values) {
  Condition out{.kind = kind};
  out.operands.push_back(Operand{.kind = Operand::Kind::path, .path = path_of(name)});
  for (auto& value : values) out.operands.push_back(Operand{.kind = Operand::Kind::value, .value = std::move(value)});
  return out;
}

bool is_ordered(const Value& value) {
  return value.type() == ValueType::S || value.type() == ValueType::N || value.type() == ValueType::B;
}

Outcome<void> check_values(const Comparison& comparison, const std::vector<Value>& values) {
  if (values.size() < comparison.values_min || values.size() > comparison.values_max) {
    return refuse(
        invalid_values(fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", comparison.name)));
  }
  const bool ordered = comparison.kind == Kind::less || comparison.kind == Kind::less_or_equal ||
                       comparison.kind == Kind::greater || comparison.kind == Kind::greater_or_equal ||
                       comparison.kind == Kind::between || comparison.kind == Kind::begins_with;
  for (const auto& value : values) {
    if (ordered && (!is_ordered(value) || (comparison.kind == Kind::begins_with && value.type() == ValueType::N))) {
      return refuse(invalid_values(fmt::format("ComparisonOperator {} is not valid for {} AttributeValue type",
                                               comparison.name, value.type_name())));
    }
  }
  if (comparison.kind != Kind::between) return {};
  if (values[0].type() != values[1].type()) {
    return refuse(invalid_values("AttributeValues inside AttributeValueList must be of same type"));
  }
  if (holds(Condition{.kind = Kind::greater, .operands = {Operand{.value = values[0]}, Operand{.value = values[1]}}},
            {})) {
    return refuse(
        invalid("The BETWEEN condition was provided a range where the lower bound is greater than the upper "
                "bound"));
  }
  return {};
}

Outcome<Condition> comparison_of(const std::string& name, const std::string& operation,
                                 const std::optional<std::vector<ModelValue>>& list) {
  const auto* comparison = std::ranges::find(comparisons, operation, &Comparison::name);
  if (comparison == comparisons.end()) {
    return refuse(invalid_values(fmt::format("Unsupported operator on ComparisonOperator: {}", operation)));
  }
  std::vector<Value> values;
  if (list) {
    for (const auto& given : *list) {
      auto value = value_of(given);
      if (!value) return refuse(std::move(value.error()));
      values.push_back(std::move(*value));
    }
  }
  if (auto ok = check_values(*comparison, values); !ok) return refuse(std::move(ok.error()));
  Condition condition = compared(comparison->kind, name, std::move(values));
  if (!comparison->negated) return condition;
  // Of an attribute that is not there neither CONTAINS nor NOT_CONTAINS is true.
  Condition negated{.kind = Kind::negation};
  negated.conditions.push_back(std::move(condition));
  Condition both{.kind = Kind::conjunction};
  both.conditions.push_back(compared(Kind::exists, name, {}));
  both.conditions.push_back(std::move(negated));
  return both;
}

Outcome<Condition> expectation_of(const std::string& name, const model::ExpectedAttributeValue& expected) {
  if (expected.comparison_operator) {
    if (expected.value && expected.attribute_value_list) {
      return refuse(
          invalid_values(fmt::format("Value and AttributeValueList cannot be used together for Attribute: {}", name)));
    }
    if (expected.exists) {
      return refuse(
          invalid_values(fmt::format("Exists and ComparisonOperator cannot be used together for Attribute: {}", name)));
    }
    auto list = expected.attribute_value_list;
    if (expected.value) list = std::vector<ModelValue>{*expected.value};
    return comparison_of(name, *expected.comparison_operator, list);
  }
  if (expected.attribute_value_list) {
    return refuse(invalid_values(
        fmt::format("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}", name)));
  }
  if (expected.exists && !*expected.exists) {
    if (expected.value) {
      return refuse(
          invalid_values(fmt::format("Value cannot be used when Exists is set to false for Attribute: {}", name)));
    }
    return compared(Kind::not_exists, name, {});
  }
  if (!expected.value) {
    return refuse(invalid_values(fmt::format("Value must be provided when Exists is {} for Attribute: {}",
                                             expected.exists ? "set to true" : "null", name)));
  }
  auto value = value_of(*expected.value);
  if (!value) return refuse(std::move(value.error()));
  return compared(Kind::equal, name, {std::move(*value)});
}

template <class Map, class Read>
Outcome<std::optional<Condition>> joined(const Map& map, const std::optional<std::string>& conditional_operator,
                                         Read read) {
  if (map.empty()) {
    if (conditional_operator) return refuse(invalid("ConditionalOperator cannot be used without Filter or Expected"));
    return std::optional<Condition>();
  }
  Condition all{.kind = conditional_operator == "OR" ? Kind::disjunction : Kind::conjunction};
  for (const auto& [name, given] : map) {
    auto condition = read(name, given);
    if (!condition) return refuse(std::move(condition.error()));
    all.conditions.push_back(std::move(*condition));
  }
  return std::optional<Condition>(std::move(all));
}

bool is_set(const Value& value) {
  return value.type() == ValueType::SS || value.type() == ValueType::NS || value.type() == ValueType::BS;
}

}  // namespace

Outcome<std::optional<Condition>> condition_of(const codec::Map<model::ExpectedAttributeValue>& expected,
                                               const std::optional<std::string>& conditional_operator) {
  return joined(expected, conditional_operator, expectation_of);
}

Outcome<std::optional<Condition>> condition_of(const codec::Map<model::Condition>& conditions,
                                               const std::optional<std::string>& conditional_operator) {
  return joined(conditions, conditional_operator, [](const std::string& name, const model::Condition& condition) {
    return comparison_of(name, condition.comparison_operator, condition.attribute_value_list);
  });
}

Outcome<Update> update_of(const codec::Map<model::AttributeValueUpdate>& updates) {
  Update out;
  for (const auto& [name, update] : updates) {
    Path path = path_of(name);
    // Of two with the same name the last one would count; nothing sends that.
    if (out.paths.insert(path)) return refuse(invalid_values(fmt::format("Attribute {} is updated twice", name)));
    const std::string action = update.action.value_or("PUT");
    if (!update.value) {
      if (action != "DELETE") {
        return refuse(
            invalid_values(fmt::format("Only DELETE action is allowed when no attribute value is specified")));
      }
      out.removes.push_back(std::move(path));
      continue;
    }
    auto value = value_of(*update.value);
    if (!value) return refuse(std::move(value.error()));
    if (action == "PUT") {
      out.sets.push_back({std::move(path), Operand{.kind = Operand::Kind::value, .value = std::move(*value)}});
      continue;
    }
    const bool adds = action == "ADD";
    const bool allowed = is_set(*value) || (adds && (value->type() == ValueType::N || value->type() == ValueType::L));
    if (!allowed) {
      return refuse(
          invalid_values(fmt::format("{} action is not supported for the type {}", action, value->type_name())));
    }
    (adds ? out.adds : out.deletes).push_back({std::move(path), std::move(*value)});
  }
  return out;
}

Outcome<std::optional<PathTree>> attributes_to_get(const std::vector<std::string>& names) {
  PathTree tree;
  for (const auto& name : names) {
    if (tree.insert(path_of(name))) {
      return refuse(invalid_values(fmt::format("Duplicate value in attribute name: {}", name)));
    }
  }
  return std::optional<PathTree>(std::move(tree));
}

}  // namespace millrace::aws::dynamodb
