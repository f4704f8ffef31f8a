// A topic's changes in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace millrace::broker {

std::string describe_topic_change(std::uint16_t type, Bytes change);

}  // namespace millrace::broker
