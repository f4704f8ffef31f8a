// MD5 and SHA-256 as the services use them. A context per thread is kept and reused, since making one costs as much as
// digesting a small message.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::aws {

using Md5 = std::array<std::uint8_t, 16>;
using Sha256 = std::array<std::uint8_t, 32>;

Md5 md5(std::string_view bytes);
Sha256 sha256(std::string_view bytes);

// Lower-case hexadecimal.
std::string hex(std::string_view bytes);
inline std::string hex(const Md5& digest) { return hex({reinterpret_cast<const char*>(digest.data()), digest.size()}); }
inline std::string hex(const Sha256& digest) {
  return hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// Of several pieces, one after another. One at a time per thread.
class Md5Stream {
 public:
  Md5Stream();
  void add(std::string_view bytes);
  Md5 finish();
};

}  // namespace millrace::aws
