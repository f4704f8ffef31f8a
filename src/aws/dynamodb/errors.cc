#include "aws/dynamodb/errors.h"

#include <fmt/format.h>

namespace millrace::aws::dynamodb {

Failure invalid(std::string message) { return {&errors::validation_exception, std::move(message)}; }

Failure invalid_values(std::string_view what) {
  return invalid(fmt::format("One or more parameter values were invalid: {}", what));
}

Failure no_such_resource() { return {&errors::resource_not_found_exception, "Requested resource not found"}; }

Failure no_such_table(std::string_view table) {
  return {&errors::resource_not_found_exception,
          fmt::format("Requested resource not found: Table: {} not found", table)};
}

Failure condition_failed() { return {&errors::conditional_check_failed_exception, "The conditional request failed"}; }

}  // namespace millrace::aws::dynamodb
