#include "aws/kinesis/sealed.h"

#include "aws/digest.h"
#include "base/bytes.h"
#include "codec/text.h"

namespace millrace::aws::kinesis {
namespace {

constexpr std::size_t check_bytes = 8;
constexpr std::string_view label = "millrace kinesis v1";

std::uint64_t check_of(std::string_view bytes) {
  const Sha256 digest = sha256(std::string(label).append(bytes));
  return load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(digest.data()));
}

void mask(std::string& bytes, std::uint64_t key) {
  std::uint64_t state = key | 1;
  for (char& each : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    each = static_cast<char>(static_cast<std::uint8_t>(each) ^ (state >> 32 & 0xFF));
  }
}

}  // namespace

std::string seal(Sealed kind, std::string_view fields) {
  std::string bytes(1, static_cast<char>(kind));
  bytes.append(fields);
  const std::uint64_t check = check_of(bytes);
  mask(bytes, check);
  ByteWriter(bytes).u64(check);
  std::string text;
  codec::base64_encode(bytes, text);
  return text;
}

std::optional<std::string> unseal(Sealed kind, std::string_view text) {
  std::string bytes;
  if (!codec::base64_decode(text, bytes) || bytes.size() <= check_bytes) return std::nullopt;
  const auto check = load_le<std::uint64_t>(as_bytes(bytes).data() + bytes.size() - check_bytes);
  bytes.resize(bytes.size() - check_bytes);
  mask(bytes, check);
  if (check_of(bytes) != check || bytes.front() != static_cast<char>(kind)) return std::nullopt;
  bytes.erase(0, 1);
  return bytes;
}

}  // namespace millrace::aws::kinesis
