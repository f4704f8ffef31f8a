// The service's words for what the readers find wrong with a request (codec/violation.h).
#pragma once
#include "aws/call.h"
#include "codec/violation.h"

namespace millrace::aws::sqs {

Failure phrase(const codec::Violation& violation, const Call& call);

}  // namespace millrace::aws::sqs
