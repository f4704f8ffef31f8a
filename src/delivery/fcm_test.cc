#include "delivery/fcm.h"

#include <gtest/gtest.h>

#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "delivery/fake_http_client.h"
#include "delivery/push_token.h"
#include "delivery/test_keys.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

std::string body_of(std::string payload, PushOptions options = {}) {
  const auto body = fcm_body({.device_token = "dev", .payload = std::move(payload), .options = std::move(options)});
  return body ? *body : "error: " + body.error().message;
}

TEST(FcmBody, a_payload_of_the_former_api_is_rewritten) {
  EXPECT_EQ(body_of(R"({"data":{"default":"hi","n":7,"o":{"a":[1]},"t":true}})"),
            R"({"message":{"data":{"default":"hi","n":"7","o":"{\"a\":[1]}","t":"true"},"token":"dev"}})");
  EXPECT_EQ(body_of(R"({"notification":{"title":"T","body":"B","sound":"s","android_channel_id":"c",)"
                    R"("body_loc_args":"[\"x\"]","title_loc_args":["y"]}})"),
            R"({"message":{"notification":{"title":"T","body":"B"},"android":{"notification":{"sound":"s",)"
            R"("channel_id":"c","body_loc_args":["x"],"title_loc_args":["y"]}},"token":"dev"}})");
  EXPECT_EQ(body_of(R"({"collapse_key":"k","priority":"high","time_to_live":3600,"restricted_package_name":"p",)"
                    R"("dry_run":true,"to":"someone","content_available":true})"),
            R"({"validate_only":true,"message":{"android":{"collapse_key":"k","priority":"HIGH","ttl":"3600s",)"
            R"("restricted_package_name":"p"},"apns":{"payload":{"aps":{"content-available":1}}},"token":"dev"}})");
}

TEST(FcmBody, a_message_of_v1_is_taken_as_it_is_but_for_where_it_goes) {
  EXPECT_EQ(body_of(R"({"fcmV1Message":{"validate_only":true,"message":{"topic":"all","condition":"c","token":"other",)"
                    R"("android":{"ttl":"5s"},"data":{"a":1}}}})"),
            R"({"validate_only":true,"message":{"token":"dev","android":{"ttl":"5s"},"data":{"a":"1"}}})");
}

TEST(FcmBody, the_attribute_of_the_time_to_live_wins) {
  EXPECT_EQ(body_of(R"({"time_to_live":3600})", {.ttl_seconds = 5}),
            R"({"message":{"android":{"ttl":"5s"},"token":"dev"}})");
  EXPECT_EQ(body_of(R"({"fcmV1Message":{"message":{}}})", {.ttl_seconds = 0}),
            R"({"message":{"token":"dev","android":{"ttl":"0s"}}})");
}

TEST(FcmBody, what_is_no_message_is_refused) {
  for (const char* payload :
       {"", "hello", "[]", R"({"fcmV1Message":{}})", R"({"fcmV1Message":7})", R"({"fcmV1Message":{"message":[]}})"}) {
    EXPECT_TRUE(body_of(payload).starts_with("error: ")) << payload;
  }
}

class FcmTest : public testing::Test {
 protected:
  static std::string account(const TestKey& key) {
    std::string pem;
    codec::write_json_string(key.pem(), pem);
    return R"({"type":"service_account","project_id":"my-app","private_key_id":"k1","private_key":)" + pem +
           R"(,"client_email":"push@my-app.iam.gserviceaccount.com","token_uri":"https://oauth2.googleapis.com/token"})";
  }
  void send() {
    provider_->send({.device_token = "dev", .payload = R"({"data":{}})"},
                    [this](Outcome outcome) { outcomes_.push_back(std::move(outcome)); });
  }
  void issue(const std::string& token, int seconds = 3599) {
    http_.answer(200, R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":)" +
                          std::to_string(seconds) + "}");
  }

  http::FakeCore core_;
  FakeHttpClient http_;
  TestKey key_ = TestKey::rsa();
  PushUrls urls_;
  std::shared_ptr<PushProvider> provider_ = *make_fcm_provider({.credential = account(key_)}, urls_, core_, http_);
  std::vector<Outcome> outcomes_;
};

TEST_F(FcmTest, a_push_first_asks_for_a_token_with_a_signed_assertion) {
  send();
  ASSERT_EQ(http_.calls.size(), 1u);
  const auto& ask = http_.calls.front();
  EXPECT_EQ(ask.call.url, "https://oauth2.googleapis.com/token");
  EXPECT_FALSE(ask.call.by_operator) << "the issuer's URL is the application's";
  EXPECT_EQ(ask.header("content-type"), "application/x-www-form-urlencoded");
  const std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  ASSERT_TRUE(ask.body().starts_with(form)) << ask.body();
  const auto assertion = ask.body().substr(form.size());
  EXPECT_TRUE(key_.signed_token(assertion));
  EXPECT_EQ(TestKey::part(assertion, 0), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(
      TestKey::part(assertion, 1),
      R"({"iss":"push@my-app.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/firebase.messaging",)"
      R"("aud":"https://oauth2.googleapis.com/token","iat":784111777,"exp":784115377})");
  issue("t1");
  ASSERT_EQ(http_.calls.size(), 1u);
  const auto& call = http_.calls.front();
  EXPECT_EQ(call.call.url, "https://fcm.googleapis.com/v1/projects/my-app/messages:send");
  EXPECT_TRUE(call.call.by_operator);
  EXPECT_EQ(call.header("authorization"), "Bearer t1");
  EXPECT_EQ(call.body(), R"({"message":{"data":{},"token":"dev"}})");
  http_.answer(200, R"({"name":"projects/my-app/messages/0:1"})");
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::delivered);
  EXPECT_EQ(outcomes_[0].message_id, "projects/my-app/messages/0:1");
}

TEST_F(FcmTest, who_comes_meanwhile_waits_for_the_same_token) {
  send();
  send();
  send();
  EXPECT_EQ(http_.calls.size(), 1u);
  issue("t1");
  ASSERT_EQ(http_.calls.size(), 3u);
  for (const auto& call : http_.calls) EXPECT_EQ(call.header("authorization"), "Bearer t1");
}

TEST_F(FcmTest, a_token_is_kept_until_a_minute_before_its_end) {
  const auto asks = [&] {
    send();
    const bool asked = http_.calls.back().call.url == "https://oauth2.googleapis.com/token";
    if (asked) issue("t");
    http_.answer(200);
    return asked;
  };
  EXPECT_TRUE(asks());
  core_.advance(std::chrono::seconds(3599 - 61));
  EXPECT_FALSE(asks());
  core_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(asks());
}

TEST_F(FcmTest, a_token_that_the_service_refuses_is_asked_for_anew) {
  send();
  issue("t1");
  http_.answer(401, R"({"error":{"code":401,"status":"UNAUTHENTICATED"}})");
  EXPECT_EQ(outcomes_.at(0).kind, Kind::retry);
  send();
  EXPECT_EQ(http_.calls.front().call.url, "https://oauth2.googleapis.com/token");
  issue("t2");
  EXPECT_EQ(http_.calls.front().header("authorization"), "Bearer t2");
}

TEST_F(FcmTest, bad_credentials_are_refused_and_the_issuer_is_asked_once_in_five_seconds) {
  send();
  http_.answer(400, R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})");
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::refused);
  EXPECT_EQ(outcomes_[0].detail, "no access token: 400 invalid_grant Invalid JWT Signature.");
  core_.advance(std::chrono::seconds(4));
  send();
  EXPECT_EQ(outcomes_.size(), 2u);
  EXPECT_TRUE(http_.calls.empty());
  core_.advance(std::chrono::seconds(1));
  send();
  EXPECT_EQ(http_.calls.size(), 1u);
}

TEST_F(FcmTest, without_an_answer_from_the_issuer_the_push_is_retried) {
  for (const auto& answer : {Result<HttpAnswer>(fail(ErrorCode::unavailable, "x")), Result<HttpAnswer>({.status = 503}),
                             Result<HttpAnswer>({.status = 200, .body = "{}"})}) {
    send();
    http_.answer(answer);
    EXPECT_EQ(outcomes_.back().kind, Kind::retry);
    core_.advance(AccessToken::pause_after_failure);
  }
}

TEST_F(FcmTest, no_more_wait_for_a_token_than_the_limit_allows) {
  for (std::size_t i = 0; i <= AccessToken::waiting_max; ++i) send();
  ASSERT_EQ(outcomes_.size(), 1u);
  EXPECT_EQ(outcomes_[0].kind, Kind::retry);
}

TEST_F(FcmTest, a_provider_may_be_let_go_while_it_waits) {
  send();
  provider_.reset();
  issue("t1");
  http_.answer(200);
  EXPECT_EQ(outcomes_.at(0).kind, Kind::delivered);
}

TEST(FcmAnswer, what_the_service_says_decides) {
  struct Case {
    int status;
    const char* error;
    Kind kind;
  };
  const Case cases[] = {
      {404, R"("status":"NOT_FOUND","message":"m","details":[{"@type":"x","errorCode":"UNREGISTERED"}])",
       Kind::token_dead},
      {400,
       R"("status":"INVALID_ARGUMENT","message":"The registration token is not a valid FCM registration token",)"
       R"("details":[{"errorCode":"INVALID_ARGUMENT"}])",
       Kind::token_dead},
      {400, R"("status":"INVALID_ARGUMENT","message":"Invalid value at 'message.data[0].value'","details":[{}])",
       Kind::refused},
      {400, R"("status":"INVALID_ARGUMENT","message":"too big","details":[{"errorCode":"INVALID_ARGUMENT"}])",
       Kind::refused},
      {403, R"("status":"PERMISSION_DENIED","details":[{"errorCode":"SENDER_ID_MISMATCH"}])", Kind::refused},
      {401, R"("status":"UNAUTHENTICATED")", Kind::retry},
      {401, R"("status":"UNAUTHENTICATED","details":[{"errorCode":"THIRD_PARTY_AUTH_ERROR"}])", Kind::refused},
      {429, R"("status":"RESOURCE_EXHAUSTED","details":[{"errorCode":"QUOTA_EXCEEDED"}])", Kind::retry},
      {500, R"("status":"INTERNAL")", Kind::retry},
      {503, R"("status":"UNAVAILABLE")", Kind::retry},
      {404, R"("status":"NOT_FOUND","message":"no such project")", Kind::refused},
  };
  for (const auto& [status, error, kind] : cases) {
    const auto outcome = read_fcm_answer({.status = status, .body = R"({"error":{)" + std::string(error) + "}}"});
    EXPECT_EQ(outcome.kind, kind) << error;
    EXPECT_FALSE(outcome.detail.empty());
  }
  EXPECT_EQ(read_fcm_answer({.status = 502, .body = "<html>"}).kind, Kind::retry);
  EXPECT_EQ(read_fcm_answer({.status = 403, .body = ""}).kind, Kind::refused);
}

TEST(FcmCredentials, that_cannot_work_are_named) {
  http::FakeCore core;
  FakeHttpClient http;
  const auto why = [&](std::string credential) {
    const auto made = make_fcm_provider({.credential = std::move(credential)}, {}, core, http);
    return made ? std::string() : made.error().message;
  };
  EXPECT_NE(why("AIzaSyD-old-key").find("shut it down"), std::string::npos);
  EXPECT_NE(why("{}").find("project_id"), std::string::npos);
  EXPECT_NE(why(R"({"project_id":"p","client_email":"e"})").find("token_uri"), std::string::npos);
  EXPECT_NE(why(R"({"project_id":"p","client_email":"e","token_uri":"t","private_key":"x"})").find("private_key"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::delivery
