#include "aws/identity.h"

#include <gtest/gtest.h>

namespace millrace::aws {
namespace {

http::Request request_with(std::string_view authorization) {
  http::Request request;
  if (!authorization.empty()) request.headers.add("authorization", authorization);
  return request;
}

TEST(Identity, ReadsTheScopeOfASignature) {
  const auto request = request_with(
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sqs/aws4_request, "
      "SignedHeaders=host;x-amz-date, Signature=abc123");
  const auto caller = identify(request);
  ASSERT_TRUE(caller);
  EXPECT_FALSE(caller->anonymous);
  EXPECT_EQ(caller->access_key, "AKIDEXAMPLE");
  EXPECT_EQ(caller->account, "000000000000");
  EXPECT_EQ(caller->region, "eu-west-1");
  EXPECT_EQ(caller->service, "sqs");
}

TEST(Identity, TakesTheSignatureApart) {
  const auto signature = parse_authorization(
      "AWS4-HMAC-SHA256 "
      "Credential=A/B/20260101/eu-west-1/sqs/aws4_request,SignedHeaders=host;x-amz-date,Signature=abc");
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->access_key, "A/B");
  EXPECT_EQ(signature->date, "20260101");
  EXPECT_EQ(signature->signed_headers, "host;x-amz-date");
  EXPECT_EQ(signature->signature, "abc");
}

TEST(Identity, TwelveDigitsAreAnAccount) {
  EXPECT_EQ(identify(request_with("AWS4-HMAC-SHA256 Credential=123456789012/1/r-1/sqs/aws4_request"))->account,
            "123456789012");
  EXPECT_FALSE(is_account("12345678901"));
  EXPECT_FALSE(is_account("1234567890123"));
  EXPECT_FALSE(is_account("12345678901a"));
}

TEST(Identity, NobodyIsAnonymous) {
  const auto caller = identify(request_with(""));
  ASSERT_TRUE(caller);
  EXPECT_TRUE(caller->anonymous);
  EXPECT_EQ(caller->region, "us-east-1");
  EXPECT_TRUE(identify(request_with("Basic dXNlcjpwYXNz"))->anonymous);
}

TEST(Identity, ReadsASignedUrl) {
  http::Request request;
  request.query = "Action=X&X-Amz-Credential=KEY%2F20260101%2Fap-south-1%2Fsqs%2Faws4_request&Other=1";
  const auto caller = identify(request);
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->access_key, "KEY");
  EXPECT_EQ(caller->region, "ap-south-1");
}

TEST(Identity, UnreadableCredentialsAreNotAnonymous) {
  EXPECT_FALSE(identify(request_with("AWS4-HMAC-SHA256 Credential=KEY")));
  EXPECT_FALSE(identify(request_with("AWS4-HMAC-SHA256 SignedHeaders=host")));
  EXPECT_FALSE(identify(request_with("AWS4-HMAC-SHA256 Credential=KEY/1/EU_WEST/sqs/aws4_request")));
  EXPECT_FALSE(identify(request_with("AWS4-HMAC-SHA256 Credential=KEY/1/eu-west-1/sqs/aws5_request")));
  http::Request request;
  request.query = "X-Amz-Credential=KEY";
  EXPECT_FALSE(identify(request));
}

}  // namespace
}  // namespace millrace::aws
