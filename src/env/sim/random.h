// Random: the simulator's own generator (SplitMix64). The standard's distributions differ between libraries; a seed has
// to mean the same run everywhere and for ever.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/hash.h"

namespace millrace::env::sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t u64() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  // A value in [0, bound). The bias of the modulus is far below what a simulation could notice.
  std::uint64_t below(std::uint64_t bound) {
    check(bound > 0, "an empty range has no member");
    return u64() % bound;
  }
  // A value in [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  // True in `percent` of a hundred cases.
  bool percent(unsigned percent) { return below(100) < percent; }
  void fill(std::span<std::byte> into) {
    for (auto& byte : into) byte = static_cast<std::byte>(u64());
  }
  // A generator of its own for one purpose, so that drawing more numbers there does not change what others draw.
  Random fork(std::string_view purpose) const { return Random(stable_hash(purpose, state_)); }

 private:
  std::uint64_t state_;
};

}  // namespace millrace::env::sim
