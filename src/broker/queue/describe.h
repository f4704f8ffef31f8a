// A queue's changes and messages in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "broker/queue/queues.h"

namespace millrace::broker {

std::string describe_change(std::uint16_t type, Bytes change);
std::string describe_record(Bytes record);

}  // namespace millrace::broker
