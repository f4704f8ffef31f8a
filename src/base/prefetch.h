// Reading ahead: a loop over things that lie far apart and are not in the processor's caches spends most of its time
// waiting for memory, unless it says a few rounds before what it will look at.
#pragma once
#include <cstddef>

namespace millrace {

// Only a hint: the address may be anything.
inline void prefetch_memory(const void* what, std::size_t bytes = 1) {
  constexpr std::size_t line = 64;
  const auto* at = static_cast<const char*>(what);
  for (std::size_t offset = 0; offset < bytes; offset += line) __builtin_prefetch(at + offset);
}

}  // namespace millrace
