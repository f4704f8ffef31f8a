#include "aws/content_encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace millrace::aws {
namespace {

std::string gzip(std::string content) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST(Gunzip, GivesTheContent) {
  for (const std::size_t size : {0u, 1u, 1000u, 65535u, 65536u, 65537u, 1'000'000u}) {
    std::string content;
    for (std::size_t i = 0; i < size; ++i) content += static_cast<char>(i * 7919 >> 3);
    EXPECT_EQ(gunzip(gzip(content), 1 << 20), content) << size;
  }
}

TEST(Gunzip, StopsAtTheLimit) {
  const std::string content(100'000, 'x');
  EXPECT_EQ(gunzip(gzip(content), 100'000), content);
  EXPECT_EQ(gunzip(gzip(content), 99'999).error(), GunzipError::too_large);
  EXPECT_EQ(gunzip(gzip(std::string(50'000'000, 'x')), 1000).error(), GunzipError::too_large);
}

TEST(Gunzip, RefusesWhatIsDamaged) {
  const auto good = gzip("hello, hello, hello");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(gunzip(std::string_view(good).substr(0, size), 1000).error(), GunzipError::malformed) << size;
  }
  auto changed = good;
  changed[good.size() - 6] = static_cast<char>(changed[good.size() - 6] ^ 1);  // in the checksum
  EXPECT_EQ(gunzip(changed, 1000).error(), GunzipError::malformed);
  EXPECT_EQ(gunzip(good + "x", 1000).error(), GunzipError::malformed);
  EXPECT_EQ(gunzip("plain text", 1000).error(), GunzipError::malformed);
}

}  // namespace
}  // namespace millrace::aws
