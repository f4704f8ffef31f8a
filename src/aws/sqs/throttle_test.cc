#include "aws/sqs/throttle.h"

#include <gtest/gtest.h>

namespace millrace::aws::sqs {
namespace {

int admitted(Throttle& throttle, int calls, Time now, Rated operation = Rated::send, std::string_view group = {}) {
  int count = 0;
  for (int i = 0; i < calls; ++i) count += throttle.admit(operation, "queue", group, now);
  return count;
}

TEST(Throttle, ASecondsWorthAtOnceAndThenTheRate) {
  Throttle throttle(300, 10);
  const Time start = from_ms(1'000'000);
  EXPECT_EQ(admitted(throttle, 1000, start), 300);
  EXPECT_EQ(admitted(throttle, 1000, start + Duration(100)), 30);
  EXPECT_EQ(admitted(throttle, 1000, start + Duration(1100)), 300);
  EXPECT_EQ(admitted(throttle, 1000, start + std::chrono::hours(1)), 300);
}

TEST(Throttle, OperationsQueuesAndGroupsAreApart) {
  Throttle throttle(5, 10);
  const Time now = from_ms(1'000'000);
  EXPECT_EQ(admitted(throttle, 9, now, Rated::send), 5);
  EXPECT_EQ(admitted(throttle, 9, now, Rated::receive), 5);
  EXPECT_EQ(admitted(throttle, 9, now, Rated::send, "g"), 5);
  EXPECT_TRUE(throttle.admit(Rated::send, "other", {}, now));
  EXPECT_FALSE(throttle.admit(Rated::send, "queue", {}, now));
}

TEST(Throttle, ZeroIsNoLimit) {
  Throttle throttle(0, 10);
  EXPECT_EQ(admitted(throttle, 5000, from_ms(0)), 5000);
  EXPECT_EQ(throttle.size(), 0u);
}

TEST(Throttle, RemembersNoMoreThanItMay) {
  Throttle throttle(300, 10);
  for (int i = 0; i < 1000; ++i) throttle.admit(Rated::send, "queue", std::to_string(i), from_ms(i));
  EXPECT_LE(throttle.size(), 10u);
}

TEST(Throttle, AClockThatStepsBackGivesNothing) {
  Throttle throttle(10, 10);
  const Time now = from_ms(1'000'000);
  EXPECT_EQ(admitted(throttle, 20, now), 10);
  EXPECT_EQ(admitted(throttle, 20, now - std::chrono::hours(1)), 0);
}

}  // namespace
}  // namespace millrace::aws::sqs
