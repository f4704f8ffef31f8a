#include "aws/digest.h"

#include <gtest/gtest.h>

#include "aws/request_id.h"

namespace millrace::aws {
namespace {

TEST(Digest, KnownValues) {
  EXPECT_EQ(hex(md5("hello")), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, PiecesAreOneText) {
  Md5Stream stream;
  stream.add("he");
  stream.add("");
  stream.add("llo");
  EXPECT_EQ(stream.finish(), md5("hello"));
}

TEST(RequestId, TextAndBack) {
  const auto uuid = parse_uuid("00112233-4455-6677-8899-AABBccddeeff");
  ASSERT_TRUE(uuid);
  EXPECT_EQ((*uuid)[0], 0x00);
  EXPECT_EQ((*uuid)[15], 0xFF);
  EXPECT_EQ(view(text_of(*uuid)), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_FALSE(parse_uuid("00112233-4455-6677-8899-aabbccddeef"));
  EXPECT_FALSE(parse_uuid("00112233-4455-6677-8899+aabbccddeeff"));
  EXPECT_FALSE(parse_uuid("0011223g-4455-6677-8899-aabbccddeeff"));
}

}  // namespace
}  // namespace millrace::aws
