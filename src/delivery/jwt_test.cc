#include "delivery/jwt.h"

#include <gtest/gtest.h>

#include "delivery/test_keys.h"

namespace millrace::delivery {
namespace {

TEST(Jwt, is_three_parts_of_which_the_last_signs_the_others) {
  for (const auto& [key, kind] :
       {std::pair(TestKey::ec(), SigningKey::Kind::es256), std::pair(TestKey::rsa(), SigningKey::Kind::rs256)}) {
    const auto signing = SigningKey::from_pem(key.pem());
    ASSERT_TRUE(signing) << signing.error().message;
    EXPECT_EQ(signing->kind(), kind);
    const auto token = make_jwt(*signing, R"({"alg":"?"})", R"({"iss":"me>>>???"})");
    EXPECT_EQ(TestKey::part(token, 0), R"({"alg":"?"})");
    EXPECT_EQ(TestKey::part(token, 1), R"({"iss":"me>>>???"})");
    EXPECT_TRUE(key.signed_token(token));
    auto other = token;
    other[2] = other[2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(key.signed_token(other));
    EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
  }
}

TEST(Jwt, a_key_may_come_without_the_lines_of_pem) {
  const auto key = TestKey::ec();
  auto body = key.pem();
  body = body.substr(body.find('\n') + 1);
  body = body.substr(0, body.find("-----"));
  const auto signing = SigningKey::from_pem(body);
  ASSERT_TRUE(signing);
  EXPECT_TRUE(key.signed_token(make_jwt(*signing, "{}", "{}")));
}

TEST(Jwt, other_keys_are_refused) {
  for (const auto& pem :
       {std::string(), std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        std::string("AAAA"), TestKey::ec("P-384").pem(), TestKey::rsa(1024).pem(), TestKey::ec().pem("secret")}) {
    const auto key = SigningKey::from_pem(pem);
    ASSERT_FALSE(key) << pem;
    EXPECT_EQ(key.error().code, ErrorCode::invalid);
  }
}

TEST(Jwt, base64_for_urls) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("\xFB\xFF\xFE"), "-__-");
  EXPECT_EQ(base64url("a"), "YQ");
}

}  // namespace
}  // namespace millrace::delivery
