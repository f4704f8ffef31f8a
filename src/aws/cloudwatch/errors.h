// The service's failures in its own words. Kinds with their codes and statuses come from models/aws/cloudwatch.model.
#pragma once
#include <string>
#include <string_view>

#include "aws/call.h"
#include "aws/failure.h"
#include "codec/violation.h"
#include "models/cloudwatch.h"

namespace millrace::aws::cloudwatch {

namespace errors = models::cloudwatch::errors;

inline std::unexpected<Failure> refuse(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

// "The value V for parameter P is invalid." and a reason, if there is one.
Failure invalid_value(std::string_view value, std::string_view parameter, std::string_view reason = {});
Failure invalid(std::string message);
Failure combination(std::string message);
Failure missing(std::string_view parameter);
Failure both_given(std::string_view one, std::string_view other);
// Of GetMetricData.
Failure validation(std::string message);
Failure invalid_token();

Failure phrase(const codec::Violation& violation, const Call& call);

}  // namespace millrace::aws::cloudwatch
