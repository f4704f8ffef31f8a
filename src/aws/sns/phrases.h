// What the service says of requests that its model refuses.
#pragma once
#include "aws/call.h"
#include "codec/violation.h"

namespace millrace::aws::sns {

Failure phrase(const codec::Violation& violation, const Call& call);

}  // namespace millrace::aws::sns
