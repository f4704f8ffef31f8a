#include "codec/event_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace millrace::codec {
namespace {

constexpr std::size_t prelude_bytes = 12;
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t overhead_bytes = prelude_bytes + checksum_bytes;
constexpr std::size_t header_value_max = 0xFFFF;

// The big-endian bytes of an unsigned integer.
template <class T>
void put(T value, std::string& out) {
  for (int shift = static_cast<int>(sizeof(T) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

template <class T>
T get(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(static_cast<T>(value << 8) | static_cast<unsigned char>(bytes[at + i]));
  }
  return value;
}

std::uint32_t checksum(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const Bytef*>(bytes.data());
  return static_cast<std::uint32_t>(crc32_z(0, data, bytes.size()));
}

std::unexpected<Error> malformed(const char* what) {
  return fail(ErrorCode::invalid, std::string("an event-stream message ") + what);
}

// Bytes of a value whose size its type says; nothing for those that begin with their size.
std::optional<std::size_t> fixed_size(EventHeaderType type) {
  switch (type) {
    case EventHeaderType::true_value:
    case EventHeaderType::false_value: return 0;
    case EventHeaderType::byte: return 1;
    case EventHeaderType::int16: return 2;
    case EventHeaderType::int32: return 4;
    case EventHeaderType::int64:
    case EventHeaderType::timestamp: return 8;
    case EventHeaderType::uuid: return 16;
    case EventHeaderType::bytes:
    case EventHeaderType::string: break;
  }
  return std::nullopt;
}

// Takes bytes from the front of `in`; false when it has fewer.
bool take(std::string_view& in, std::size_t size, std::string_view& out) {
  if (in.size() < size) return false;
  out = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

bool read_header(std::string_view& in, EventHeader& header) {
  std::string_view bytes;
  if (!take(in, 1, bytes)) return false;
  const std::size_t name_bytes = get<std::uint8_t>(bytes, 0);
  if (name_bytes == 0 || !take(in, name_bytes, bytes)) return false;
  header.name = bytes;
  if (!take(in, 1, bytes)) return false;
  const auto type = get<std::uint8_t>(bytes, 0);
  if (type > static_cast<std::uint8_t>(EventHeaderType::uuid)) return false;
  header.type = static_cast<EventHeaderType>(type);
  auto size = fixed_size(header.type);
  if (!size) {
    if (!take(in, 2, bytes)) return false;
    size = get<std::uint16_t>(bytes, 0);
  }
  if (!take(in, *size, bytes)) return false;
  header.value = bytes;
  return true;
}

}  // namespace

std::string_view EventMessage::find(std::string_view name) const {
  const auto at = std::ranges::find(headers, name, &EventHeader::name);
  return at == headers.end() ? std::string_view() : std::string_view(at->value);
}

void write_event(const std::vector<EventHeaderView>& headers, std::string_view payload, std::string& out) {
  std::size_t headers_bytes = 0;
  for (const auto& [name, value] : headers) {
    check(!name.empty() && name.size() <= event_header_name_max && value.size() <= header_value_max);
    headers_bytes += 1 + name.size() + 1 + 2 + value.size();
  }
  check(headers_bytes <= event_headers_bytes_max && payload.size() <= event_payload_bytes_max);
  const std::size_t total = overhead_bytes + headers_bytes + payload.size();
  const std::size_t begin = out.size();
  out.reserve(begin + total);
  put(static_cast<std::uint32_t>(total), out);
  put(static_cast<std::uint32_t>(headers_bytes), out);
  put(checksum(std::string_view(out).substr(begin)), out);
  for (const auto& [name, value] : headers) {
    put(static_cast<std::uint8_t>(name.size()), out);
    out += name;
    put(static_cast<std::uint8_t>(EventHeaderType::string), out);
    put(static_cast<std::uint16_t>(value.size()), out);
    out += value;
  }
  out += payload;
  put(checksum(std::string_view(out).substr(begin)), out);
}

Result<std::optional<EventMessage>> read_event(std::string_view& in) {
  if (in.size() < prelude_bytes) return std::nullopt;
  const std::size_t total = get<std::uint32_t>(in, 0);
  const std::size_t headers_bytes = get<std::uint32_t>(in, 4);
  // The lengths are believed only once their checksum is right.
  if (get<std::uint32_t>(in, 8) != checksum(in.substr(0, 8))) return malformed("has a wrong checksum of its lengths");
  if (headers_bytes > event_headers_bytes_max || total < overhead_bytes + headers_bytes ||
      total - overhead_bytes - headers_bytes > event_payload_bytes_max) {
    return malformed("has impossible lengths");
  }
  if (in.size() < total) return std::nullopt;
  const std::string_view whole = in.substr(0, total);
  const std::size_t end = total - checksum_bytes;
  if (get<std::uint32_t>(whole, end) != checksum(whole.substr(0, end))) return malformed("has a wrong checksum");
  EventMessage message;
  std::string_view rest = whole.substr(prelude_bytes, headers_bytes);
  while (!rest.empty()) {
    if (!read_header(rest, message.headers.emplace_back())) return malformed("has a header that cannot be read");
  }
  message.payload = whole.substr(prelude_bytes + headers_bytes, end - prelude_bytes - headers_bytes);
  in.remove_prefix(total);
  return message;
}

}  // namespace millrace::codec
