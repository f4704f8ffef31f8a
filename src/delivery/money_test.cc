#include "delivery/money.h"

#include <gtest/gtest.h>

namespace millrace::delivery {
namespace {

TEST(Usd, IsReadAsItIsWritten) {
  for (const std::string text : {"0", "1", "0.00645", "0.000001", "12.5", "999999.999999", "1000000"}) {
    const auto amount = read_usd(text);
    ASSERT_TRUE(amount.has_value()) << text;
    EXPECT_EQ(write_usd(*amount), text);
  }
  EXPECT_EQ(read_usd("0.00645"), MicroUsd(6'450));
  EXPECT_EQ(read_usd("1.50"), MicroUsd(1'500'000));
}

TEST(Usd, OtherTextsAreNone) {
  for (const std::string text :
       {"", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000001", "1000000.1", "10000000", " 1"}) {
    EXPECT_FALSE(read_usd(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::delivery
