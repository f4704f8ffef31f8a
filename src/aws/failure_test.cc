#include "aws/failure.h"

#include <gtest/gtest.h>

#include "aws/errors.h"

namespace millrace::aws {
namespace {

// SDKs repeat what got 503, so only what may pass by itself gets it.
TEST(Failure, WhatMayPassIsUnavailable) {
  EXPECT_EQ(failure_of({ErrorCode::disk_full, "no room"}).kind->status, 503);
  EXPECT_EQ(failure_of({ErrorCode::unavailable, "recovering"}).kind->status, 503);
  EXPECT_EQ(failure_of({ErrorCode::damaged, "segment 7"}).kind->status, 500);
  EXPECT_EQ(failure_of({ErrorCode::io, "segment 7"}).kind->status, 500);
}

TEST(Failure, TheMessageSaysThatTheDiskIsFull) {
  EXPECT_EQ(failure_of({ErrorCode::disk_full, "no room"}).message, "The server's disk is full: no room");
  EXPECT_EQ(failure_of({ErrorCode::damaged, "segment 7"}).message, "segment 7");
  EXPECT_FALSE(failure_of({ErrorCode::damaged, ""}).kind->sender);
}

}  // namespace
}  // namespace millrace::aws
