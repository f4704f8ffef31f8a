#include "http/outbox.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

std::string take(Outbox& outbox, std::size_t bytes_max) {
  std::string text;
  for (const auto piece : outbox.begin_write(bytes_max)) text += as_text(piece);
  outbox.written();
  return text;
}

TEST(Outbox, KeepsTheOrderOfSmallAndLargePieces) {
  Outbox outbox;
  const std::string large(Outbox::large_bytes_min, 'x');
  outbox.tail() += "a";
  outbox.append("b");
  outbox.append(large);
  outbox.tail() += "c";
  EXPECT_EQ(outbox.bytes_waiting(), 3 + large.size());
  std::string all;
  while (!outbox.empty()) all += take(outbox, 1000);
  EXPECT_EQ(all, "ab" + large + "c");
}

TEST(Outbox, GivesTheMemoryOfALargePieceBackOnce) {
  Outbox outbox;
  outbox.append(std::string(100'000, 'x'));
  outbox.append(std::string(200'000, 'y'));
  EXPECT_EQ(take(outbox, 1 << 20).size(), 300'000u);
  EXPECT_GE(outbox.take_spent().capacity(), 200'000u);
  EXPECT_LT(outbox.take_spent().capacity(), Outbox::large_bytes_min);
  outbox.tail() += "small";
  EXPECT_EQ(take(outbox, 100), "small");
  EXPECT_LT(outbox.take_spent().capacity(), Outbox::large_bytes_min);
}

}  // namespace
}  // namespace millrace::http
