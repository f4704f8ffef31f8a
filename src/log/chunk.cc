#include "log/chunk.h"

#include <cstdlib>

#include "base/check.h"
#include "env/file.h"

namespace millrace::log {

Chunk::Chunk(std::size_t bytes)
    : data_(static_cast<std::byte*>(std::aligned_alloc(env::direct_alignment, bytes))), size_(bytes) {
  check(bytes % env::direct_alignment == 0, "direct writes take whole blocks");
  check(data_ != nullptr, "out of memory");
}

Chunk::~Chunk() { std::free(data_); }

}  // namespace millrace::log
