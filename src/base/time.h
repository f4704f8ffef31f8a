// Points in time and spans of it. Wall-clock time in milliseconds since 1970 is what is stored and what the services
// speak of; nothing finer is promised to a client.
#pragma once
#include <chrono>
#include <cstdint>

namespace millrace {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

constexpr std::int64_t to_ms(Time time) { return time.time_since_epoch().count(); }
constexpr Time from_ms(std::int64_t ms) { return Time(Duration(ms)); }

}  // namespace millrace
