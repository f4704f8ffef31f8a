// A stream partition's changes and batches in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace millrace::broker {

std::string describe_stream_change(std::uint16_t type, Bytes change);
std::string describe_batch(Bytes record);

}  // namespace millrace::broker
