#include "server/text_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace millrace::server {
namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 20;

}  // namespace

Result<std::string> read_text_file(std::string_view name, const std::string& path, std::string_view allowed) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || text.empty() || text.size() > bytes_max) {
    const std::string why = errno != 0                ? std::strerror(errno)
                            : text.size() > bytes_max ? "larger than 1 MiB"
                                                      : "empty or not a file";
    return fail(ErrorCode::invalid, fmt::format("{} cannot be read: {}; allowed: {}", name, why, allowed));
  }
  return text;
}

}  // namespace millrace::server
