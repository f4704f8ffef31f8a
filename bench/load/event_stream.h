// EventReader: takes an event stream apart into messages, from pieces of any size; both checksums are verified.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace millrace::bench {

struct EventMessage {
  std::string_view message_type;  // :message-type
  std::string_view type;          // :event-type, or :exception-type
  std::string_view payload;
};

class EventReader {
 public:
  // Calls `message` for each one that is complete; false when the bytes are not an event stream.
  bool feed(std::string_view piece, const std::function<void(const EventMessage&)>& message);

 private:
  std::string buffer_;
};

// The checksum of the framing (CRC-32 with the polynomial of zip files).
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace millrace::bench
