// The ways in which text.h's base64 is done: by groups through tables, which every processor can, and, at the front of
// what is long enough, 32 digits at a time where the processor can. Included by text.h's implementation and the tests.
#pragma once
#include <cstddef>
#include <optional>

namespace millrace::codec::base64 {

inline constexpr std::size_t group_bytes = 3;
inline constexpr std::size_t group_digits = 4;
constexpr std::size_t digits_of(std::size_t bytes) { return (bytes + 2) / group_bytes * group_digits; }

// Writes digits_of(size) digits.
void encode_portable(const char* from, std::size_t size, char* to);
// Of `digits` digits without their padding. Writes at most four bytes more than the result says; nothing: no base64.
std::optional<std::size_t> decode_portable(const char* from, std::size_t digits, char* to);

// Does whole groups from the front and says how many bytes, or digits, it has done: maybe none. A decoder stops before
// what is no digit. Nothing is read or written beyond what the whole has.
std::size_t encode_wide(const char* from, std::size_t size, char* to);
std::size_t decode_wide(const char* from, std::size_t digits, char* to);

}  // namespace millrace::codec::base64
