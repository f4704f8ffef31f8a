#include "aws/sqs/receipt_handle.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::aws::sqs {
namespace {

ReceiptHandle handle_of(std::uint64_t seq, std::uint32_t attempt) {
  return {engine::LaneId(3), {engine::PartitionId(9), broker::Seq(seq), attempt}};
}

TEST(ReceiptHandle, ComesBack) {
  const auto handle = handle_of(0x123456789ABCull, 42);
  const auto back = decode_handle(encode_handle(handle));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->lane, handle.lane);
  EXPECT_EQ(back->receipt, handle.receipt);
}

TEST(ReceiptHandle, EachReceiveHasItsOwn) {
  std::set<std::string> seen;
  for (std::uint64_t seq = 1; seq <= 20; ++seq) {
    for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) seen.insert(encode_handle(handle_of(seq, attempt)));
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(ReceiptHandle, NothingElseIsOne) {
  const auto good = encode_handle(handle_of(7, 1));
  EXPECT_FALSE(decode_handle(""));
  EXPECT_FALSE(decode_handle("garbage"));
  EXPECT_FALSE(decode_handle(good + "AAAA"));
  EXPECT_FALSE(decode_handle(good.substr(0, good.size() - 4)));
  EXPECT_FALSE(decode_handle(std::string(good.size(), 'A')));
}

TEST(ReceiptHandle, AChangedCharacterIsNoticed) {
  const auto good = encode_handle(handle_of(7, 1));
  // The last characters before the padding hold bits that do not count.
  for (std::size_t i = 0; i + 3 < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_handle(bad)) << i;
  }
}

}  // namespace
}  // namespace millrace::aws::sqs
