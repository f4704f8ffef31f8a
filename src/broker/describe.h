// What the models keep, in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace millrace::broker {

// `kind` as in the lane's directory; of one that is not known only sizes are told.
std::string describe_change(std::uint8_t kind, std::uint16_t type, Bytes change);
std::string describe_record(std::uint8_t kind, Bytes record);

}  // namespace millrace::broker
