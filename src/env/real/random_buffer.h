// RandomBuffer: unpredictable bytes from the operating system, fetched a page at a time, since a system call for each
// request id would cost more than the id. Owned by one core.
#pragma once
#include <array>
#include <cstddef>
#include <span>

namespace millrace::env {

class RandomBuffer {
 public:
  void take(std::span<std::byte> into);

 private:
  static constexpr std::size_t bytes_max = 4096;
  std::array<std::byte, bytes_max> bytes_;
  std::size_t left_ = 0;
};

}  // namespace millrace::env
