// Journal entries in words, for `millrace dump`.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"

namespace millrace::engine {

// The model's words for a change of its own, and for a record.
using DescribeChange = std::function<std::string(std::uint16_t type, Bytes change)>;
using DescribeRecord = std::function<std::string(Bytes record)>;

std::string describe(std::uint16_t type, Bytes payload, const DescribeChange& change, const DescribeRecord& record);

}  // namespace millrace::engine
