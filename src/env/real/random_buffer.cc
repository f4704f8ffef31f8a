#include "env/real/random_buffer.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace millrace::env {
namespace {

void fill(std::span<std::byte> into) {
  while (!into.empty()) {
    const auto got = ::getrandom(into.data(), into.size(), 0);
    check(got > 0 || errno == EINTR, "the system gives random bytes");
    if (got > 0) into = into.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

void RandomBuffer::take(std::span<std::byte> into) {
  while (!into.empty()) {
    if (left_ == 0) {
      fill(bytes_);
      left_ = bytes_max;
    }
    const std::size_t size = std::min(left_, into.size());
    std::byte* const from = bytes_.data() + (bytes_max - left_);
    std::memcpy(into.data(), from, size);
    // What was given out does not stay behind for a later reader of this memory.
    std::memset(from, 0, size);
    left_ -= size;
    into = into.subspan(size);
  }
}

}  // namespace millrace::env
