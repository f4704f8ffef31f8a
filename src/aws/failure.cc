#include "aws/failure.h"

#include <fmt/format.h>

#include "aws/errors.h"

namespace millrace::aws {

Failure failure_of(const Error& error) {
  switch (error.code) {
    // SDKs repeat a request that got 503, which is right for both: space may return, and a lane recovers by itself.
    case ErrorCode::disk_full:
      return {&errors::service_unavailable, fmt::format("The server's disk is full: {}", error.message)};
    case ErrorCode::unavailable:
    case ErrorCode::over_limit:
      return {&errors::service_unavailable, fmt::format("The server cannot do this now: {}", error.message)};
    case ErrorCode::invalid:
    case ErrorCode::not_found:
    case ErrorCode::exists:
    case ErrorCode::conflict:
    case ErrorCode::io:
    case ErrorCode::damaged:
    case ErrorCode::unsupported: break;
  }
  return {&errors::internal_failure, error.message};
}

}  // namespace millrace::aws
