#include <gtest/gtest.h>

#include "aws/sts/service.h"

namespace millrace::aws::sts {
namespace {

Caller caller(std::string key, std::string account) {
  return {.anonymous = false, .access_key = std::move(key), .account = std::move(account)};
}

TEST(Sts, AUserIsNamedByItsAccessKey) {
  const auto alice = caller("AKIDALICE", "000000000000");
  EXPECT_EQ(user_arn(alice), "arn:aws:iam::000000000000:user/AKIDALICE");
  EXPECT_EQ(user_id(alice), "AKIDALICE");
  EXPECT_EQ(user_arn(caller("a/b:c d", "000000000000")), "arn:aws:iam::000000000000:user/a-b-c-d");
}

TEST(Sts, AnAccountsOwnKeyAndNobodyAreItsRoot) {
  const auto root = caller("123456789012", "123456789012");
  EXPECT_EQ(user_arn(root), "arn:aws:iam::123456789012:root");
  EXPECT_EQ(user_id(root), "123456789012");
  EXPECT_EQ(user_arn(Caller{}), "arn:aws:iam::000000000000:root");
}

}  // namespace
}  // namespace millrace::aws::sts
