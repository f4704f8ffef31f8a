// The service's failures in its own words. Kinds with their codes and statuses come from models/aws/dynamodb.model.
#pragma once
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "models/dynamodb.h"

namespace millrace::aws::dynamodb {

namespace errors = models::dynamodb::errors;

using aws::refuse;
inline std::unexpected<Failure> refuse(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

// ValidationException.
Failure invalid(std::string message);
// "One or more parameter values were invalid: …"
Failure invalid_values(std::string_view what);
// ResourceNotFoundException, as operations on items say it, and as those on tables say it.
Failure no_such_resource();
Failure no_such_table(std::string_view table);
Failure condition_failed();

}  // namespace millrace::aws::dynamodb
