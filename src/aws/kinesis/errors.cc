#include "aws/kinesis/errors.h"

#include <fmt/format.h>

#include "aws/kinesis/names.h"

namespace millrace::aws::kinesis {

Failure stream_not_found(const StreamName& stream) {
  return {&errors::resource_not_found_exception,
          fmt::format("Stream {} under account {} not found.", stream.name, stream.account)};
}

Failure stream_exists(const StreamName& stream) {
  return in_use(fmt::format("Stream {} under account {} already exists.", stream.name, stream.account));
}

Failure stream_not_active(const StreamName& stream, std::string_view state) {
  return in_use(
      fmt::format("Stream {} under account {} not ACTIVE, instead in state {}", stream.name, stream.account, state));
}

Failure shard_not_found(const StreamName& stream, std::string_view shard) {
  return {&errors::resource_not_found_exception,
          fmt::format("Shard {} in stream {} under account {} does not exist", shard, stream.name, stream.account)};
}

Failure consumer_not_found(const StreamName& stream, std::string_view consumer) {
  return {&errors::resource_not_found_exception,
          fmt::format("Consumer {} of stream {} under account {} not found.", consumer, stream.name, stream.account)};
}

Failure invalid_argument(std::string message) { return {&errors::invalid_argument_exception, std::move(message)}; }
Failure in_use(std::string message) { return {&errors::resource_in_use_exception, std::move(message)}; }
Failure limit_exceeded(std::string message) { return {&errors::limit_exceeded_exception, std::move(message)}; }
Failure validation(std::string message) { return {&errors::validation_exception, std::move(message)}; }

Failure constraint(std::string_view value, std::string_view member, std::string_view what) {
  return validation(fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}",
                                value, member, what));
}

Failure bad_pattern(std::string_view value, std::string_view member, std::string_view pattern) {
  return constraint(value, member, fmt::format("Member must satisfy regular expression pattern: {}", pattern));
}

Failure rate_exceeded(const StreamName& stream, std::string_view shard) {
  return {&errors::provisioned_throughput_exceeded_exception,
          fmt::format("Rate exceeded for shard {} in stream {} under account {}.", shard, stream.name, stream.account)};
}

Failure failed(const Error& error) {
  Failure failure = failure_of(error);
  failure.kind =
      failure.kind->status == 503 ? &errors::service_unavailable_exception : &errors::internal_failure_exception;
  return failure;
}

}  // namespace millrace::aws::kinesis
