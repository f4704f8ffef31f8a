#include "aws/dynamodb/phrases.h"

#include <fmt/format.h>

#include <limits>
#include <string>

namespace millrace::aws::dynamodb {
namespace {

using Kind = codec::Violation::Kind;

Failure serialization(std::string message) { return {&errors::serialization_exception, std::move(message)}; }

// Members begin with a small letter here: "keySchema.1.member.attributeName".
std::string place(const codec::Violation& violation) {
  std::string out;
  std::string_view left = violation.path;
  while (!left.empty()) {
    const auto dot = left.find('.');
    std::string part(left.substr(0, dot));
    left = dot == std::string_view::npos ? std::string_view() : left.substr(dot + 1);
    if (!part.empty() && part[0] >= 'A' && part[0] <= 'Z') part[0] = static_cast<char>(part[0] - 'A' + 'a');
    if (!part.empty() && part[0] >= '0' && part[0] <= '9') part += ".member";
    if (!out.empty()) out += '.';
    out += part;
  }
  return out;
}

std::string constraint(const codec::Violation& violation) {
  const auto& rule = violation.rule;
  switch (violation.kind) {
    case Kind::too_short: return fmt::format("have length greater than or equal to {}", rule.min);
    case Kind::too_long: return fmt::format("have length less than or equal to {}", rule.max);
    case Kind::not_in_set: {
      std::string values;
      for (const auto value : rule.one_of) values += fmt::format("{}{}", values.empty() ? "" : ", ", value);
      return fmt::format("satisfy enum value set: [{}]", values);
    }
    default: break;
  }
  // A number: which bound it breaks shows by its sign and the bounds.
  const bool below = violation.value.starts_with('-') || (rule.min > 0 && violation.value == "0");
  return below ? fmt::format("have value greater than or equal to {}", rule.min)
               : fmt::format("have value less than or equal to {}", rule.max);
}

std::string_view found_name(std::string_view found) {
  if (found == "number") return "NUMBER_VALUE";
  if (found == "string") return "STRING_VALUE";
  if (found == "true") return "TRUE_VALUE";
  if (found == "false") return "FALSE_VALUE";
  if (found == "array") return "START_ARRAY";
  return "START_OBJECT";
}

std::string_view expected_name(std::string_view expected) {
  if (expected == "string") return "String";
  if (expected == "integer") return "Integer";
  if (expected == "long") return "Long";
  if (expected == "boolean") return "Boolean";
  if (expected == "blob") return "Blob";
  return expected;
}

}  // namespace

Failure phrase(const codec::Violation& violation) {
  switch (violation.kind) {
    case Kind::missing:
      return invalid(fmt::format(
          "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be "
          "null",
          place(violation)));
    case Kind::wrong_type:
      if (violation.expected == "structure") return serialization("Unexpected value type in payload");
      if (violation.expected == "list" || violation.expected == "map") {
        return serialization(violation.value == "array"    ? "Unrecognized collection type class java.util.HashMap"
                             : violation.value == "object" ? "Start of structure or map found where not expected"
                                                           : "Unexpected field type");
      }
      return serialization(
          fmt::format("{} cannot be converted to {}", found_name(violation.value), expected_name(violation.expected)));
    case Kind::malformed: return serialization(violation.path.empty() ? "" : "Invalid value at " + place(violation));
    case Kind::too_long:
      if (violation.path.empty()) return serialization("The request is too large");
      break;
    default: break;
  }
  return invalid(
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}",
                  violation.value, place(violation), constraint(violation)));
}

}  // namespace millrace::aws::dynamodb
