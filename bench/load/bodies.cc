#include "load/bodies.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstdio>

namespace millrace::bench {
namespace {

// Few enough that the set stays in the processor's caches, and a multiple of the largest batch.
constexpr std::size_t small_bodies = 60;
constexpr std::size_t large_bodies = 10;
constexpr std::size_t large_size = 8192;
constexpr std::size_t digits = 8;

}  // namespace

std::string md5_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

Bodies::Bodies(std::size_t size) : bodies_(size < large_size ? small_bodies : large_bodies) {
  std::uint64_t state = 0x9E3779B97F4A7C15ull;
  for (std::size_t number = 0; number < bodies_.size(); ++number) {
    auto& body = bodies_[number];
    char head[16];
    std::snprintf(head, sizeof head, "%08zu", number);
    body.text = head;
    while (body.text.size() < size) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      body.text += "abcdefghijklmnopqrstuvwxyz 0123456789.,;:-_"[(state >> 33) % 43];
    }
    body.md5 = md5_hex(body.text);
  }
}

Body* Bodies::find(std::string_view text) {
  if (text.size() < digits) return nullptr;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  if (error != std::errc() || end != text.data() + digits || number >= bodies_.size()) return nullptr;
  return bodies_[number].text == text ? &bodies_[number] : nullptr;
}

std::uint64_t Bodies::sent() const {
  std::uint64_t sum = 0;
  for (const auto& body : bodies_) sum += body.sent;
  return sum;
}

std::uint64_t Bodies::received() const {
  std::uint64_t sum = 0;
  for (const auto& body : bodies_) sum += body.received;
  return sum;
}

std::uint64_t Bodies::missing() const {
  std::uint64_t sum = 0;
  for (const auto& body : bodies_) sum += body.sent > body.received ? body.sent - body.received : 0;
  return sum;
}

std::uint64_t Bodies::repeated() const {
  std::uint64_t sum = 0;
  for (const auto& body : bodies_) sum += body.received > body.sent ? body.received - body.sent : 0;
  return sum;
}

}  // namespace millrace::bench
