// Condition: a compiled condition, filter or key condition, whatever it was written as: an expression or the older
// parameters. Plain data, made at home and evaluated on the lane.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "aws/dynamodb/path.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

// What an operator or function is applied to. The last four kinds occur in updates only.
struct Operand {
  enum class Kind : std::uint8_t { path, value, size, if_not_exists, list_append, plus, minus };
  Kind kind = Kind::value;
  Path path;                      // of path and if_not_exists
  Value value;                    // of value
  std::vector<Operand> operands;  // of the rest
  bool operator==(const Operand&) const = default;
};

struct Condition {
  enum class Kind : std::uint8_t {
    conjunction,
    disjunction,
    negation,
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    between,
    in,
    exists,
    not_exists,
    type,
    begins_with,
    contains,
  };
  Kind kind = Kind::conjunction;
  std::vector<Condition> conditions;  // of the first three
  std::vector<Operand> operands;      // of the rest
};

// The word that the language has for it: "AND", "<=", "attribute_exists".
std::string_view name_of(Condition::Kind kind);

// An absent item is one without attributes.
bool holds(const Condition& condition, const Attributes& item);

// The number that size() gives; nothing for a type that has none.
std::optional<std::size_t> length_of(const Value& value);

}  // namespace millrace::aws::dynamodb
