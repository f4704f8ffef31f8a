#include "delivery/apns.h"

#include <gtest/gtest.h>

#include "delivery/fake_http_client.h"
#include "delivery/test_keys.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

class ApnsTest : public testing::Test {
 protected:
  std::shared_ptr<PushProvider> provider(PushPlatform platform = PushPlatform::apns) {
    auto made = make_apns_provider(platform, credentials_, urls_, core_, http_);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  // The call that a push makes; it is answered with 200.
  FakeHttpClient::Pending sent(PushProvider& provider, Push push = {.device_token = "abc", .payload = "{}"}) {
    if (push.published == Time{}) push.published = core_.now();
    provider.send(std::move(push), [this](Outcome outcome) { outcome_ = std::move(outcome); });
    auto copy = FakeHttpClient::Pending{http_.calls.front().home, http_.calls.front().call, nullptr};
    http_.answer(200);
    return copy;
  }
  std::string token_of(const FakeHttpClient::Pending& call) { return call.header("authorization").substr(7); }

  http::FakeCore core_;
  FakeHttpClient http_;
  TestKey key_ = TestKey::ec();
  PlatformCredentials credentials_{
      .credential = key_.pem(), .principal = "KEYID12345", .apple_team_id = "TEAM", .apple_bundle_id = "org.app"};
  PushUrls urls_;
  Outcome outcome_;
};

TEST_F(ApnsTest, a_push_is_one_request_of_http2_with_a_signed_token) {
  const auto apns = provider();
  const auto call = sent(*apns, {.device_token = "00fc13/x", .payload = R"({"aps":{"alert":"hi"}})"});
  EXPECT_EQ(call.call.method, "POST");
  EXPECT_EQ(call.call.url, "https://api.push.apple.com/3/device/00fc13%2Fx");
  EXPECT_TRUE(call.call.http2);
  EXPECT_EQ(call.body(), R"({"aps":{"alert":"hi"}})");
  EXPECT_EQ(call.header("apns-topic"), "org.app");
  EXPECT_EQ(call.header("apns-push-type"), "alert");
  EXPECT_EQ(call.header("apns-priority"), "10");
  EXPECT_EQ(call.header("apns-expiration"), "");
  EXPECT_EQ(call.header("apns-collapse-id"), "");
  ASSERT_TRUE(call.header("authorization").starts_with("bearer "));
  EXPECT_TRUE(key_.signed_token(token_of(call)));
  EXPECT_EQ(TestKey::part(token_of(call), 0), R"({"alg":"ES256","kid":"KEYID12345"})");
  EXPECT_EQ(TestKey::part(token_of(call), 1), R"({"iss":"TEAM","iat":784111777})");
}

TEST_F(ApnsTest, options_become_headers) {
  const auto apns = provider();
  const auto call = sent(*apns, {.device_token = "abc",
                                 .payload = "{}",
                                 .options = {.ttl_seconds = 100,
                                             .topic = "org.app.complication",
                                             .push_type = "complication",
                                             .collapse_id = "game",
                                             .priority = 5},
                                 .published = core_.now() - seconds(30)});
  EXPECT_EQ(call.header("apns-topic"), "org.app.complication");
  EXPECT_EQ(call.header("apns-push-type"), "complication");
  EXPECT_EQ(call.header("apns-priority"), "5");
  EXPECT_EQ(call.header("apns-collapse-id"), "game");
  EXPECT_EQ(call.header("apns-expiration"), std::to_string(784111777 + 70));
}

TEST_F(ApnsTest, a_time_to_live_of_zero_is_now_or_never_and_one_that_is_over_is_not_sent) {
  const auto apns = provider();
  auto options = PushOptions{.ttl_seconds = 0};
  EXPECT_EQ(sent(*apns, {.options = options, .published = core_.now() - minutes(1)}).header("apns-expiration"), "0");
  options.ttl_seconds = 60;
  apns->send({.options = options, .published = core_.now() - minutes(1)},
             [this](Outcome outcome) { outcome_ = std::move(outcome); });
  EXPECT_TRUE(http_.calls.empty());
  EXPECT_EQ(outcome_.kind, Kind::refused);
}

TEST_F(ApnsTest, silent_pushes_and_calls_say_so) {
  const auto apns = provider();
  const auto silent = sent(*apns, {.payload = R"({"aps":{"content-available":1},"x":1})"});
  EXPECT_EQ(silent.header("apns-push-type"), "background");
  EXPECT_EQ(silent.header("apns-priority"), "5");
  const auto loud = sent(*apns, {.payload = R"({"aps":{"content-available":1,"sound":"a"}})"});
  EXPECT_EQ(loud.header("apns-push-type"), "alert");
  EXPECT_EQ(loud.header("apns-priority"), "10");
  const auto voip = sent(*provider(PushPlatform::apns_voip_sandbox), {.payload = "{}"});
  EXPECT_EQ(voip.header("apns-push-type"), "voip");
  EXPECT_EQ(voip.header("apns-topic"), "org.app.voip");
  EXPECT_TRUE(voip.call.url.starts_with("https://api.sandbox.push.apple.com/3/device/"));
}

TEST_F(ApnsTest, the_token_is_kept_for_fifty_minutes) {
  const auto apns = provider();
  const auto first = token_of(sent(*apns));
  core_.advance(minutes(49));
  EXPECT_EQ(token_of(sent(*apns)), first);
  core_.advance(minutes(1));
  const auto second = token_of(sent(*apns));
  EXPECT_NE(second, first);
  EXPECT_TRUE(key_.signed_token(second));
}

TEST_F(ApnsTest, a_token_that_apple_calls_expired_is_replaced_but_not_before_twenty_minutes) {
  const auto apns = provider();
  const auto first = token_of(sent(*apns));
  const auto expire = [&] {
    apns->send({.device_token = "abc", .payload = "{}"}, [this](Outcome outcome) { outcome_ = std::move(outcome); });
    http_.answer(403, R"({"reason":"ExpiredProviderToken"})");
    EXPECT_EQ(outcome_.kind, Kind::retry);
  };
  core_.advance(minutes(19));
  expire();
  EXPECT_EQ(token_of(sent(*apns)), first);
  core_.advance(minutes(1));
  expire();
  EXPECT_NE(token_of(sent(*apns)), first);
}

TEST_F(ApnsTest, what_apple_says_decides) {
  struct Case {
    int status;
    const char* reason;
    Kind kind;
  };
  const Case cases[] = {{400, "BadDeviceToken", Kind::token_dead},    {400, "DeviceTokenNotForTopic", Kind::refused},
                        {400, "PayloadEmpty", Kind::refused},         {400, "IdleTimeout", Kind::retry},
                        {403, "InvalidProviderToken", Kind::refused}, {410, "Unregistered", Kind::token_dead},
                        {410, "ExpiredToken", Kind::token_dead},      {413, "PayloadTooLarge", Kind::refused},
                        {429, "TooManyRequests", Kind::retry},        {429, "TooManyProviderTokenUpdates", Kind::retry},
                        {500, "InternalServerError", Kind::retry},    {503, "Shutdown", Kind::retry}};
  for (const auto& [status, reason, kind] : cases) {
    const auto outcome =
        read_apns_answer(HttpAnswer{.status = status, .body = R"({"reason":")" + std::string(reason) + "\"}"});
    EXPECT_EQ(outcome.kind, kind) << reason;
    EXPECT_EQ(outcome.detail, reason);
    EXPECT_EQ(outcome.status, status);
  }
  EXPECT_EQ(read_apns_answer(HttpAnswer{.status = 502, .body = "<html>"}).kind, Kind::retry);
  EXPECT_EQ(read_apns_answer(fail(ErrorCode::unavailable, "x")).kind, Kind::retry);
  EXPECT_EQ(read_apns_answer(fail(ErrorCode::invalid, "x")).kind, Kind::refused);
  const auto good = read_apns_answer(HttpAnswer{.status = 200, .headers = "apns-id: 42\r\n"});
  EXPECT_EQ(good.kind, Kind::delivered);
  EXPECT_EQ(good.message_id, "42");
}

TEST_F(ApnsTest, a_certificate_is_shown_instead_of_a_token) {
  const auto key = TestKey::rsa();
  const PlatformCredentials credentials{.credential = key.pem(),
                                        .principal = key.certificate("org.other", 1'800'000'000)};
  const auto certificate = read_apns_certificate(credentials);
  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->bundle_id, "org.other");
  EXPECT_EQ(to_ms(certificate->expires), 1'800'003'600'000);
  const auto apns = *make_apns_provider(PushPlatform::apns_voip, credentials, urls_, core_, http_);
  const auto call = sent(*apns);
  EXPECT_EQ(call.header("authorization"), "");
  EXPECT_EQ(call.header("apns-topic"), "org.other.voip");
  ASSERT_NE(call.call.certificate, nullptr);
  EXPECT_EQ(call.call.certificate->certificate, credentials.principal);
  EXPECT_EQ(call.call.certificate->key, credentials.credential);
}

TEST_F(ApnsTest, a_certificate_without_a_bundle_leaves_the_topic_to_apple) {
  const auto key = TestKey::rsa();
  const auto apns = *make_apns_provider(
      PushPlatform::apns, {.credential = key.pem(), .principal = key.certificate("", 0)}, urls_, core_, http_);
  EXPECT_EQ(sent(*apns).header("apns-topic"), "");
  EXPECT_EQ(sent(*apns, {.payload = "{}", .options = {.topic = "t"}}).header("apns-topic"), "t");
}

TEST_F(ApnsTest, a_certificate_needs_its_own_key) {
  const auto key = TestKey::rsa();
  const auto certificate = key.certificate("b", 0);
  for (const auto& credential : {std::string(), key.pem("secret"), TestKey::rsa().pem()}) {
    const auto made = read_apns_certificate({.credential = credential, .principal = certificate});
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().message.starts_with("PlatformCredential")) << made.error().message;
  }
}

TEST_F(ApnsTest, credentials_that_cannot_work_are_named) {
  const auto why = [&](auto change) {
    auto changed = credentials_;
    change(changed);
    const auto made = make_apns_provider(PushPlatform::apns, changed, urls_, core_, http_);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(why([](auto& c) { c.principal.clear(); }), "PlatformPrincipal is empty");
  EXPECT_EQ(why([](auto& c) { c.apple_bundle_id.clear(); }), "ApplePlatformBundleID is empty");
  EXPECT_NE(why([](auto& c) { c.credential = "nonsense"; }).find("PlatformCredential"), std::string::npos);
  EXPECT_NE(why([](auto& c) { c.credential = TestKey::rsa().pem(); }).find("P-256"), std::string::npos);
  EXPECT_NE(why([](auto& c) { c.apple_bundle_id.clear(), c.apple_team_id.clear(); }).find("certificate in PEM"),
            std::string::npos);
}

}  // namespace
}  // namespace millrace::delivery
