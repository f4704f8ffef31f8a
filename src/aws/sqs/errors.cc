#include "aws/sqs/errors.h"

#include <fmt/format.h>

namespace millrace::aws::sqs {

Failure queue_does_not_exist() { return {&errors::queue_does_not_exist, std::string(no_such_queue)}; }

Failure invalid_address(std::string_view url) {
  return {&errors::invalid_address, fmt::format("The address {} is not valid for this endpoint.", url)};
}

Failure invalid_parameter(std::string message) { return {&errors::invalid_parameter_value, std::move(message)}; }

Failure invalid_value(std::string_view value, std::string_view parameter, std::string_view reason) {
  return invalid_parameter(fmt::format("Value {} for parameter {} is invalid. Reason: {}", value, parameter, reason));
}

Failure missing_parameter(std::string_view parameter) {
  return {&errors::missing_parameter, fmt::format("The request must contain the parameter {}.", parameter)};
}

Failure unknown_attribute(std::string_view name) {
  return {&errors::invalid_attribute_name, fmt::format("Unknown Attribute {}.", name)};
}

Failure invalid_attribute(std::string_view name, std::string_view reason) {
  auto message = fmt::format("Invalid value for the parameter {}.", name);
  if (!reason.empty()) message += fmt::format(" Reason: {}", reason);
  return {&errors::invalid_attribute_value, std::move(message)};
}

Failure message_too_long(std::uint32_t bytes_max) {
  return invalid_parameter(
      fmt::format("One or more parameters are invalid. Reason: Message must be shorter than {} bytes.", bytes_max));
}

Failure receipt_handle_invalid(std::string_view handle) {
  return {&errors::receipt_handle_is_invalid,
          fmt::format("The input receipt handle \"{}\" is not a valid receipt handle.", handle)};
}

Failure receipt_handle_foreign(std::string_view handle) {
  return {&errors::receipt_handle_is_invalid,
          fmt::format("The receipt handle \"{}\" is not valid for this queue.", handle)};
}

Failure throttled() { return {&errors::request_throttled, "Request is throttled."}; }

}  // namespace millrace::aws::sqs
