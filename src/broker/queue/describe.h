// A queue's changes and messages in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace millrace::broker {

std::string describe_queue_change(std::uint16_t type, Bytes change);
std::string describe_message(Bytes record);

}  // namespace millrace::broker
