// What the two CBOR protocols (RFC 8949) have in common and where they differ.
#pragma once
#include <cstdint>

namespace millrace::codec {

enum class CborDialect : std::uint8_t {
  aws,  // application/x-amz-cbor-1.1: a time is tag 1 with an integer of milliseconds since 1970
  rpc,  // Smithy RPC v2: a time is tag 1 with seconds since 1970, an integer or a float
};

namespace cbor {

enum Major : std::uint8_t { unsigned_integer, negative_integer, bytes, text, array, map, tag, simple };

constexpr std::uint8_t time_tag = 1;
// The low five bits of a head: how the argument follows, or which simple value it is.
constexpr std::uint8_t one_byte = 24;
constexpr std::uint8_t two_bytes = 25;
constexpr std::uint8_t four_bytes = 26;
constexpr std::uint8_t eight_bytes = 27;
constexpr std::uint8_t indefinite = 31;
constexpr std::uint8_t false_value = 20;
constexpr std::uint8_t true_value = 21;
constexpr std::uint8_t null_value = 22;
constexpr std::uint8_t undefined_value = 23;

}  // namespace cbor
}  // namespace millrace::codec
