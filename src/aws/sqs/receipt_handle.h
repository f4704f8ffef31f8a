// Receipt handles: broker::Receipt and the lane as opaque text with a checksum.
//
// A handle that was not made here, or was damaged on the way, does not decode. One of another queue does, and is known
// by its lane and partition.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "broker/queue/types.h"
#include "engine/ids.h"

namespace millrace::aws::sqs {

struct ReceiptHandle {
  engine::LaneId lane{};
  broker::Receipt receipt;
};

std::string encode_handle(const ReceiptHandle& handle);
std::optional<ReceiptHandle> decode_handle(std::string_view text);

}  // namespace millrace::aws::sqs
