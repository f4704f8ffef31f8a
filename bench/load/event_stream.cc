#include "load/event_stream.h"

#include <array>

namespace millrace::bench {
namespace {

constexpr std::size_t prelude = 12;  // length, length of the headers, checksum of both
constexpr std::size_t trailer = 4;
constexpr std::size_t message_max = 64 * 1024 * 1024;
constexpr std::uint8_t string_header = 7;

constexpr auto table = [] {
  std::array<std::uint32_t, 256> made{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320u : value >> 1;
    made[i] = value;
  }
  return made;
}();

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// Only strings occur in what a subscription sends.
bool parse_headers(std::string_view in, EventMessage& out) {
  while (!in.empty()) {
    const auto name_size = static_cast<unsigned char>(in[0]);
    if (in.size() < std::size_t{name_size} + 4) return false;
    const auto name = in.substr(1, name_size);
    in.remove_prefix(1 + std::size_t{name_size});
    const auto value_size = static_cast<std::size_t>(big_endian(in.substr(1, 2)));
    if (in[0] != string_header || in.size() < 3 + value_size) return false;
    const auto value = in.substr(3, value_size);
    in.remove_prefix(3 + value_size);
    if (name == ":message-type") out.message_type = value;
    if (name == ":event-type" || name == ":exception-type") out.type = value;
  }
  return true;
}

}  // namespace

std::uint32_t crc32_of(std::string_view bytes) {
  std::uint32_t value = ~0u;
  for (const char c : bytes) value = table[(value ^ static_cast<unsigned char>(c)) & 255] ^ value >> 8;
  return ~value;
}

bool EventReader::feed(std::string_view piece, const std::function<void(const EventMessage&)>& message) {
  buffer_ += piece;
  std::string_view left = buffer_;
  while (left.size() >= prelude) {
    const auto size = static_cast<std::size_t>(big_endian(left.substr(0, 4)));
    const auto headers = static_cast<std::size_t>(big_endian(left.substr(4, 4)));
    if (size > message_max || size < prelude + trailer || headers > size - prelude - trailer) return false;
    if (big_endian(left.substr(8, 4)) != crc32_of(left.substr(0, 8))) return false;
    if (left.size() < size) break;
    if (big_endian(left.substr(size - trailer, trailer)) != crc32_of(left.substr(0, size - trailer))) return false;
    EventMessage parsed;
    if (!parse_headers(left.substr(prelude, headers), parsed)) return false;
    parsed.payload = left.substr(prelude + headers, size - prelude - headers - trailer);
    message(parsed);
    left.remove_prefix(size);
  }
  buffer_.erase(0, buffer_.size() - left.size());
  return true;
}

}  // namespace millrace::bench
