// The service's words for malformed input.
#pragma once
#include "aws/dynamodb/errors.h"
#include "codec/violation.h"

namespace millrace::aws::dynamodb {

Failure phrase(const codec::Violation& violation);

}  // namespace millrace::aws::dynamodb
