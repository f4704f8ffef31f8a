// The service's failures in its own words. Kinds with their codes and statuses come from models/aws/kinesis.model.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "models/kinesis.h"

namespace millrace::aws::kinesis {

namespace errors = models::kinesis::errors;

struct StreamName;

Failure stream_not_found(const StreamName& stream);
Failure stream_exists(const StreamName& stream);
// "Stream NAME under account ACCOUNT not ACTIVE, instead in state STATE"
Failure stream_not_active(const StreamName& stream, std::string_view state);
Failure shard_not_found(const StreamName& stream, std::string_view shard);
Failure consumer_not_found(const StreamName& stream, std::string_view consumer);
Failure invalid_argument(std::string message);
Failure in_use(std::string message);
Failure limit_exceeded(std::string message);
Failure validation(std::string message);
// "1 validation error detected: Value 'V' at 'M' failed to satisfy constraint: C"
Failure constraint(std::string_view value, std::string_view member, std::string_view what);
Failure bad_pattern(std::string_view value, std::string_view member, std::string_view pattern);
Failure rate_exceeded(const StreamName& stream, std::string_view shard);

inline std::unexpected<Failure> refuse(Failure failure) { return std::unexpected<Failure>(std::move(failure)); }

// What the caller is told when the server itself could not do it, in kinds that this service has.
Failure failed(const Error& error);

}  // namespace millrace::aws::kinesis
