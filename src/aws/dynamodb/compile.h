// Compiling what a request says in expressions, or in the older parameters, into conditions, updates and projections.
// Used at home.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/convert.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/legacy.h"
#include "aws/dynamodb/parser.h"
#include "aws/dynamodb/path.h"
#include "aws/dynamodb/placeholders.h"
#include "aws/dynamodb/update.h"

namespace millrace::aws::dynamodb {

// A parameter of a request that may hold an expression, or one of the older kind, by name.
struct Given {
  std::string_view name;
  bool given = false;
};

// Expressions and the older parameters exclude each other.
Outcome<void> check_styles(const std::vector<Given>& older, const std::vector<Given>& expressions);

using NameMap = std::optional<codec::Map<std::string>>;
using ValueMap = std::optional<ModelMap>;

// The #names and :values. `with_names` and `with_values` are the expressions in which they may occur.
Outcome<Placeholders> read_placeholders(const NameMap* names, const ValueMap* values,
                                        const std::vector<Given>& with_names, const std::vector<Given>& with_values);

// What ReadOptions and conditions of single items have in common.
template <class In>
Outcome<std::optional<Condition>> compile_condition(const In& in, Placeholders& placeholders) {
  if (in.condition_expression) {
    auto condition = parse_condition(*in.condition_expression, "ConditionExpression", placeholders);
    if (!condition) return refuse(std::move(condition.error()));
    return std::optional<Condition>(std::move(*condition));
  }
  if constexpr (requires { in.expected; }) {
    if (in.expected) return condition_of(*in.expected, in.conditional_operator);
    if (in.conditional_operator) {
      return refuse(invalid("ConditionalOperator cannot be used without Filter or Expected"));
    }
  }
  return std::optional<Condition>();
}

// From a ProjectionExpression or AttributesToGet; nothing: everything.
template <class In>
Outcome<std::optional<PathTree>> compile_projection(const In& in, Placeholders& placeholders) {
  if (in.projection_expression) {
    auto tree = parse_projection(*in.projection_expression, placeholders);
    if (!tree) return refuse(std::move(tree.error()));
    return std::optional<PathTree>(std::move(*tree));
  }
  if constexpr (requires { in.attributes_to_get; }) {
    if (in.attributes_to_get) return attributes_to_get(*in.attributes_to_get);
  }
  return std::optional<PathTree>();
}

}  // namespace millrace::aws::dynamodb
