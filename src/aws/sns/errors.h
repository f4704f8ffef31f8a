// The service's failures in its own words. Kinds with their codes and statuses come from models/aws/sns.model.
#pragma once
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "models/sns.h"

namespace millrace::aws::sns {

namespace errors = models::sns::errors;

// "Invalid parameter: PARAMETER", and "Reason: REASON" where there is one.
Failure invalid(std::string_view parameter, std::string_view reason = {});
// InvalidParameter with a text of its own.
Failure invalid_text(std::string message);
// ParameterValueInvalid: of message attributes.
Failure invalid_value(std::string message);
// "1 validation error detected: Value null at 'member' failed to satisfy constraint: Member must not be null"
Failure validation(std::string_view value, std::string_view member, std::string_view constraint);
Failure null_member(std::string_view member);
Failure topic_not_found();
Failure subscription_not_found();
Failure application_not_found();
Failure endpoint_not_found();
Failure resource_not_found();
Failure not_authorized(std::string message);

inline std::unexpected<Failure> refuse(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

}  // namespace millrace::aws::sns
