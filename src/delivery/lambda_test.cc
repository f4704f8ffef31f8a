#include "delivery/lambda.h"

#include <gtest/gtest.h>

#include "delivery/fake_http_client.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

class LambdaTest : public testing::Test {
 protected:
  Outcome invoke(const std::string& arn) {
    lambda_.invoke(core_, arn, std::make_shared<const std::string>("{\"Records\":[]}"),
                   [this](Outcome outcome) { outcome_ = std::move(outcome); });
    return outcome_;
  }
  http::FakeCore core_;
  FakeHttpClient http_;
  Lambda lambda_{http_, {.credentials = {.access_key = "AK", .secret_key = "SK"}}};
  Outcome outcome_;
};

constexpr const char* function = "arn:aws:lambda:eu-west-1:123456789012:function:orders";

TEST_F(LambdaTest, an_event_is_posted_to_the_functions_region_and_signed) {
  invoke(function);
  ASSERT_EQ(http_.calls.size(), 1u);
  const auto& call = http_.calls.front();
  EXPECT_EQ(call.call.method, "POST");
  EXPECT_TRUE(call.call.by_operator);
  EXPECT_EQ(call.call.url,
            "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/"
            "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aorders/invocations");
  EXPECT_EQ(call.header("x-amz-invocation-type"), "Event");
  EXPECT_EQ(call.body(), "{\"Records\":[]}");
  EXPECT_TRUE(call.header("authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=AK/19941106/eu-west-1/lambda/aws4_request, "
                               "SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type, Signature="));
  http_.answer(202, "", "x-amzn-RequestId: r-1\r\n");
  EXPECT_EQ(outcome_.kind, Kind::delivered);
  EXPECT_EQ(outcome_.message_id, "r-1");
}

TEST_F(LambdaTest, a_qualifier_goes_into_the_query) {
  invoke(std::string(function) + ":live");
  EXPECT_TRUE(http_.calls.front().call.url.ends_with("function%3Aorders/invocations?Qualifier=live"));
}

TEST_F(LambdaTest, another_base_url_may_have_a_path_and_no_region) {
  Lambda elsewhere(http_, {.url = "http://localhost:9001/lambda/"});
  elsewhere.invoke(core_, function, nullptr, [](Outcome) {});
  EXPECT_TRUE(http_.calls.front().call.url.starts_with("http://localhost:9001/lambda/2015-03-31/functions/arn"));
}

TEST_F(LambdaTest, what_the_service_says_decides) {
  const std::pair<int, Kind> answers[] = {{200, Kind::delivered}, {202, Kind::delivered}, {400, Kind::refused},
                                          {403, Kind::refused},   {404, Kind::refused},   {413, Kind::refused},
                                          {429, Kind::retry},     {500, Kind::retry},     {502, Kind::retry},
                                          {503, Kind::retry},     {301, Kind::refused}};
  for (const auto& [status, kind] : answers) {
    invoke(function);
    http_.answer(status);
    EXPECT_EQ(outcome_.kind, kind) << status;
    EXPECT_EQ(outcome_.status, status);
  }
  invoke(function);
  http_.fail_call("no route");
  EXPECT_EQ(outcome_.kind, Kind::retry);
  EXPECT_EQ(outcome_.status, 0);
  EXPECT_EQ(outcome_.detail, "no route");
}

TEST_F(LambdaTest, the_detail_names_the_services_error) {
  invoke(function);
  http_.answer(404, R"({"Type":"User","Message":"Function not found: orders"})",
               "x-amzn-errortype: ResourceNotFoundException:http://x\r\n");
  EXPECT_EQ(outcome_.detail, "404 ResourceNotFoundException: Function not found: orders");
}

TEST_F(LambdaTest, an_arn_of_something_else_is_refused_without_a_call) {
  for (const char* arn : {"", "orders", "arn:aws:lambda:eu-west-1:123456789012:function",
                          "arn:aws:lambda:eu-west-1:1:layer:x", "arn:aws:sqs:eu-west-1:123456789012:function:x",
                          "arn:aws:lambda::1:function:x", "arn:aws:lambda:evil.example/:1:function:x",
                          "arn:aws:lambda:eu-west-1:1:function:x:y:z", "arn:aws:lambda:eu-west-1:1:function:x:"}) {
    outcome_ = {};
    EXPECT_EQ(invoke(arn).kind, Kind::refused) << arn;
  }
  EXPECT_TRUE(http_.calls.empty());
}

}  // namespace
}  // namespace millrace::delivery
