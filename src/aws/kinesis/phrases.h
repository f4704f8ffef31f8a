// The service's words for malformed input: "1 validation error detected: Value 'V' at 'M' failed to satisfy constraint: C".
#pragma once
#include "aws/call.h"
#include "codec/violation.h"

namespace millrace::aws::kinesis {

Failure phrase(const codec::Violation& violation, const Call& call);
// "Records.2.PartitionKey" as the service writes it: "records.2.member.partitionKey".
std::string member_of(std::string_view path);

}  // namespace millrace::aws::kinesis
