// Points in time as the encodings write them: seconds since 1970 with a fraction, or ISO 8601 text. Both carry
// milliseconds; what is finer is rounded (seconds) or cut off (text).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "codec/field.h"

namespace millrace::codec {

// The years 1 to 9999, which are what ISO 8601 text can say.
inline constexpr Rule epoch_seconds_range{.min = -62'135'596'800, .max = 253'402'300'799};

// Nothing outside the range, and for NaN.
std::optional<Time> from_epoch_seconds(double seconds);
std::optional<Time> from_epoch_ms(std::int64_t ms);
// 1700000000, 1700000000.5, 1700000000.123
void write_epoch_seconds(Time time, std::string& out);

// 2026-11-21T04:00:00Z, with any fraction of the second, and with an offset such as +01:00 for the Z. Also without
// seconds or without a time of day, and without the Z, which then means UTC.
std::optional<Time> read_iso8601(std::string_view text);
// In UTC, with three digits of a fraction unless that is zero.
void write_iso8601(Time time, std::string& out);

}  // namespace millrace::codec
