#include "aws/request_id.h"

#include "codec/text.h"

namespace millrace::aws {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

Uuid random_uuid(env::Core& core) {
  Uuid uuid;
  core.random(std::as_writable_bytes(std::span(uuid)));
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0F) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3F) | 0x80);
  return uuid;
}

UuidText text_of(const Uuid& uuid) {
  UuidText text;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (hyphen_before(i)) text[at++] = '-';
    text[at++] = digits[uuid[i] >> 4];
    text[at++] = digits[uuid[i] & 15];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != UuidText{}.size()) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    if (hyphen_before(i) && text[at++] != '-') return std::nullopt;
    std::string byte;
    if (!codec::hex_decode(text.substr(at, 2), byte)) return std::nullopt;
    uuid[i] = static_cast<std::uint8_t>(byte[0]);
    at += 2;
  }
  return uuid;
}

}  // namespace millrace::aws
