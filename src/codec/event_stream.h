// The framing of AWS event streams (application/vnd.amazon.eventstream): messages that follow one another in a body.
//
//   u32 total length │ u32 headers' length │ u32 CRC of these eight bytes │ headers │ payload │ u32 CRC of all before
//
// Integers are big-endian, the checksum is CRC-32 (IEEE 802.3). A header is a name and a typed value. Only what may be in a
// message is decided here; what the headers mean (":message-type", ":event-type" …) is the service's. Any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::codec {

// The limits of the format: AWS event stream encoding, "Message components".
constexpr std::size_t event_headers_bytes_max = 128u << 10;
constexpr std::size_t event_payload_bytes_max = 24u << 20;
constexpr std::size_t event_header_name_max = 255;

// Services send strings only; values of other types are read as the bytes that they are.
enum class EventHeaderType : std::uint8_t {
  true_value = 0,
  false_value = 1,
  byte = 2,
  int16 = 3,
  int32 = 4,
  int64 = 5,
  bytes = 6,
  string = 7,
  timestamp = 8,
  uuid = 9,
};

struct EventHeader {
  std::string name;
  std::string value;
  EventHeaderType type = EventHeaderType::string;
  bool operator==(const EventHeader&) const = default;
};

struct EventMessage {
  std::vector<EventHeader> headers;
  std::string payload;
  // The first header of this name; empty when there is none.
  std::string_view find(std::string_view name) const;
  bool operator==(const EventMessage&) const = default;
};

// Headers of a message that is being written: string views into the caller's memory.
struct EventHeaderView {
  std::string_view name;   // 1 to event_header_name_max bytes
  std::string_view value;  // at most 65,535 bytes
};

// Appends one message. Names, values and the payload are within the limits (that would be a bug of the caller).
void write_event(const std::vector<EventHeaderView>& headers, std::string_view payload, std::string& out);

// Takes the first message from the beginning of `in`, if it is there whole; `in` then begins behind it. Nothing when more
// bytes are needed; ErrorCode::invalid when this is no message (a wrong checksum, an impossible length or header).
Result<std::optional<EventMessage>> read_event(std::string_view& in);

}  // namespace millrace::codec
