#include "log/chunk.h"

#include <array>
#include <atomic>
#include <cstdlib>

#include "base/check.h"
#include "env/file.h"

namespace millrace::log {
namespace {

// A busy journal goes through hundreds of chunks a second, and fresh pages of that size cost more than what is written
// into them. So those of the usual size are kept, as many as two settled journal files release at once. A place holds
// memory or nothing; taking and giving are one exchange each, since the last owner of a chunk may be on any thread.
constexpr std::size_t spare_bytes = std::size_t{1} << 20;
constexpr std::size_t spares_max = 64;
std::array<std::atomic<std::byte*>, spares_max> spares;

std::byte* allocate(std::size_t bytes) {
  if (bytes == spare_bytes) {
    for (auto& place : spares) {
      if (place.load(std::memory_order_relaxed) == nullptr) continue;
      if (auto* spare = place.exchange(nullptr, std::memory_order_acquire)) return spare;
    }
  }
  return static_cast<std::byte*>(std::aligned_alloc(env::direct_alignment, bytes));
}

void release(std::byte* memory, std::size_t bytes) {
  if (bytes == spare_bytes) {
    for (auto& place : spares) {
      std::byte* nothing = nullptr;
      if (place.compare_exchange_strong(nothing, memory, std::memory_order_release, std::memory_order_relaxed)) return;
    }
  }
  std::free(memory);
}

}  // namespace

Chunk::Chunk(std::size_t bytes) : data_(allocate(bytes)), size_(bytes) {
  check(bytes % env::direct_alignment == 0, "direct writes take whole blocks");
  check(data_ != nullptr, "out of memory");
}

Chunk::~Chunk() { release(data_, size_); }

}  // namespace millrace::log
