// Hashes whose values are stored on disk or choose a lane: they must never change between versions.
#pragma once
#include <cstdint>
#include <string_view>

namespace millrace {

// FNV-1a of 64 bits with a final mix (the one of SplitMix64), since FNV's low bits alone spread short keys badly.
constexpr std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0) {
  std::uint64_t hash = 0xCBF29CE484222325ull ^ seed;
  for (const char c : text) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= 0x100000001B3ull;
  }
  hash ^= hash >> 30;
  hash *= 0xBF58476D1CE4E5B9ull;
  hash ^= hash >> 27;
  hash *= 0x94D049BB133111EBull;
  return hash ^ (hash >> 31);
}

}  // namespace millrace
