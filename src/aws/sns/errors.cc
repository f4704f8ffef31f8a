#include "aws/sns/errors.h"

#include <fmt/format.h>

namespace millrace::aws::sns {

Failure invalid(std::string_view parameter, std::string_view reason) {
  auto message = fmt::format("Invalid parameter: {}", parameter);
  if (!reason.empty()) message += fmt::format(" Reason: {}", reason);
  return invalid_text(std::move(message));
}

Failure invalid_text(std::string message) { return {&errors::invalid_parameter_exception, std::move(message)}; }

Failure invalid_value(std::string message) { return {&errors::invalid_parameter_value_exception, std::move(message)}; }

Failure validation(std::string_view value, std::string_view member, std::string_view constraint) {
  return {&errors::validation_error,
          fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy constraint: {}", value, member,
                      constraint)};
}

Failure null_member(std::string_view member) { return validation("null", member, "Member must not be null"); }

Failure topic_not_found() { return {&errors::not_found_exception, "Topic does not exist"}; }
Failure subscription_not_found() { return {&errors::not_found_exception, "Subscription does not exist"}; }
Failure application_not_found() { return {&errors::not_found_exception, "PlatformApplication does not exist"}; }
Failure endpoint_not_found() { return {&errors::not_found_exception, "Endpoint does not exist"}; }
Failure resource_not_found() { return {&errors::resource_not_found_exception, "Resource does not exist"}; }

Failure not_authorized(std::string message) { return {&errors::authorization_error_exception, std::move(message)}; }

}  // namespace millrace::aws::sns
