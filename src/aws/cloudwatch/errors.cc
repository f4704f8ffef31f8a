#include "aws/cloudwatch/errors.h"

#include <fmt/format.h>

namespace millrace::aws::cloudwatch {

Failure invalid_value(std::string_view value, std::string_view parameter, std::string_view reason) {
  auto message = fmt::format("The value {} for parameter {} is invalid.", value, parameter);
  if (!reason.empty()) message += fmt::format(" {}", reason);
  return invalid(std::move(message));
}

Failure invalid(std::string message) { return {&errors::invalid_parameter_value_exception, std::move(message)}; }

Failure combination(std::string message) {
  return {&errors::invalid_parameter_combination_exception, std::move(message)};
}

Failure missing(std::string_view parameter) {
  return {&errors::missing_required_parameter_exception, fmt::format("The parameter {} is required.", parameter)};
}

Failure both_given(std::string_view one, std::string_view other) {
  return combination(
      fmt::format("The parameters {} and {} are mutually exclusive and you have specified both.", one, other));
}

Failure validation(std::string message) { return {&errors::validation_error, std::move(message)}; }

Failure invalid_token() { return {&errors::invalid_next_token, "The NextToken is not one that this server gave."}; }

Failure phrase(const codec::Violation& violation, const Call&) {
  using Kind = codec::Violation::Kind;
  // The service counts as the query protocol does, in every protocol.
  const auto& name = violation.query_path.empty() ? violation.path : violation.query_path;
  if (name.empty()) {
    if (violation.kind == Kind::too_long) return {&errors::request_entity_too_large, "The request is too large."};
    return {&errors::malformed_input, "The request cannot be read."};
  }
  switch (violation.kind) {
    case Kind::missing: return missing(name);
    case Kind::wrong_type:
      return {&errors::malformed_input, fmt::format("The parameter {} is of type {}; expected was {}.", name,
                                                    violation.value, violation.expected)};
    case Kind::too_short: return invalid(fmt::format("The parameter {} is shorter than allowed.", name));
    case Kind::too_long: return invalid(fmt::format("The parameter {} is longer than allowed.", name));
    case Kind::malformed:
    case Kind::out_of_range:
    case Kind::not_in_set: break;
  }
  return invalid_value(violation.value, name);
}

}  // namespace millrace::aws::cloudwatch
