// The service's failures in its own words. Kinds with their codes and statuses come from models/aws/sqs.model.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "models/sqs.h"

namespace millrace::aws::sqs {

namespace errors = models::sqs::errors;

// The text of the JSON protocol; the query protocol appends to it (Sqs::adapt).
inline constexpr std::string_view no_such_queue = "The specified queue does not exist.";

Failure queue_does_not_exist();
Failure invalid_address(std::string_view url);
Failure invalid_parameter(std::string message);
// "Value V for parameter P is invalid. Reason: R"
Failure invalid_value(std::string_view value, std::string_view parameter, std::string_view reason);
Failure missing_parameter(std::string_view parameter);
Failure unknown_attribute(std::string_view name);
// "Invalid value for the parameter P." with an optional reason.
Failure invalid_attribute(std::string_view name, std::string_view reason = {});
Failure message_too_long(std::uint32_t bytes_max);
Failure receipt_handle_invalid(std::string_view handle);
Failure receipt_handle_foreign(std::string_view handle);
Failure throttled();

inline std::unexpected<Failure> refuse(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

}  // namespace millrace::aws::sqs
