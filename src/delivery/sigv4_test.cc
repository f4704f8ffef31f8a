// The vectors are those of the aws-sig-v4-test-suite; the one with an ARN in its path was made with botocore's signer.
#include "delivery/sigv4.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/timestamp.h"

namespace millrace::delivery {
namespace {

const AwsCredentials credentials{.access_key = "AKIDEXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const SigningScope scope{.region = "us-east-1", .service = "service"};

std::string header(const HttpCall& call, std::string_view name) {
  const auto found = std::ranges::find(call.headers, name, &std::pair<std::string, std::string>::first);
  return found == call.headers.end() ? "" : found->second;
}

std::string signed_as(HttpCall call, const AwsCredentials& with = credentials, const SigningScope& where = scope) {
  sign(call, with, where, *codec::read_iso8601("2015-08-30T12:36:00Z"));
  return header(call, "authorization");
}

std::string expected(std::string_view headers, std::string_view signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
         std::string(headers) + ", Signature=" + std::string(signature);
}

HttpCall get(std::string path) { return {.method = "GET", .url = "https://example.amazonaws.com" + std::move(path)}; }

TEST(SigV4, the_suites_paths_and_queries) {
  const std::pair<const char*, const char*> vectors[] = {
      {"/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"/\u1234", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"/?\u1234=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
      {"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"/example/..", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"/./", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"//", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
      {"//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
  };
  for (const auto& [path, signature] : vectors) {
    EXPECT_EQ(signed_as(get(path)), expected("host;x-amz-date", signature)) << path;
  }
}

TEST(SigV4, the_suites_headers) {
  auto call = get("/");
  call.headers = {{"My-Header1", "value2"}, {"my-header1", "value2"}, {"My-Header1", "value1"}};
  EXPECT_EQ(signed_as(call),
            expected("host;my-header1;x-amz-date", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"));
  call.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\" "}};
  EXPECT_EQ(signed_as(call), expected("host;my-header1;my-header2;x-amz-date",
                                      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"));
}

TEST(SigV4, the_suites_bodies_and_methods) {
  auto call = get("/");
  call.method = "POST";
  EXPECT_EQ(signed_as(call),
            expected("host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"));
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = std::make_shared<const std::string>("Param1=value1");
  EXPECT_EQ(signed_as(call), expected("content-type;host;x-amz-date",
                                      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(SigV4, a_session_token_is_sent_and_signed) {
  auto with = credentials;
  with.session_token =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwt"
      "hAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVX"
      "AkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/"
      "oLxBA==";
  auto call = get("/");
  call.method = "POST";
  EXPECT_EQ(signed_as(call, with), expected("host;x-amz-date;x-amz-security-token",
                                            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"));
}

TEST(SigV4, an_encoded_path_is_encoded_again_and_the_port_belongs_to_the_host) {
  HttpCall call{.url =
                    "http://user:secret@localhost:9001/2015-03-31/functions/"
                    "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aorders/invocations?Qualifier=live",
                .headers = {{"Content-Type", "application/json"}, {"X-Amz-Invocation-Type", "Event"}},
                .body = std::make_shared<const std::string>("{\"a\":1}")};
  EXPECT_EQ(signed_as(call, credentials, {"eu-west-1", "lambda"}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/eu-west-1/lambda/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type, "
            "Signature=15f860aba918e18b7ce2215618d5c3e629f27743b4f13c26d277aa2daaa92d93");
  const auto canonical = canonical_request(call);
  EXPECT_NE(canonical.find("arn%253Aaws%253Alambda"), std::string::npos) << canonical;
  EXPECT_NE(canonical.find("host:localhost:9001\n"), std::string::npos) << canonical;
}

TEST(SigV4, the_schemes_own_port_is_not_in_the_host) {
  EXPECT_NE(canonical_request(get("")).find("host:example.amazonaws.com\n"), std::string::npos);
  for (const auto& [url, host] : {std::pair("https://h:443/x", "host:h\n"), std::pair("http://h:80/x", "host:h\n"),
                                  std::pair("http://h:443", "host:h:443\n")}) {
    EXPECT_NE(canonical_request({.url = url}).find(host), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace millrace::delivery
