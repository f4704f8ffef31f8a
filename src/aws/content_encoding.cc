#include "aws/content_encoding.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace millrace::aws {
namespace {

constexpr int gzip_only = 15 + 16;  // the largest window, with a gzip header
constexpr std::size_t first_step = 64u << 10;

struct End {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

std::expected<std::string, GunzipError> gunzip(std::string_view compressed, std::size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_only) != Z_OK) return std::unexpected(GunzipError::malformed);
  const std::unique_ptr<z_stream, End> end(&stream);
  std::string content;
  std::string in(compressed);  // zlib's pointer is not to constant bytes
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  std::size_t size = 0;
  while (true) {
    // One byte more than is allowed, so that it shows whether there is more.
    const auto room = std::min(std::max(first_step, size * 2), bytes_max + 1);
    if (size == room) return std::unexpected(GunzipError::too_large);
    content.resize(room);
    stream.next_out = reinterpret_cast<Bytef*>(content.data() + size);
    stream.avail_out = static_cast<uInt>(room - size);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size = room - stream.avail_out;
    if (result == Z_STREAM_END) break;
    if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return std::unexpected(GunzipError::malformed);
    }
  }
  if (size > bytes_max) return std::unexpected(GunzipError::too_large);
  if (stream.avail_in != 0) return std::unexpected(GunzipError::malformed);
  content.resize(size);
  return content;
}

}  // namespace millrace::aws
