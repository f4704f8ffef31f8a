// What all platforms share, ADM, and the service that finds the providers.
#include "delivery/push.h"

#include <gtest/gtest.h>

#include "delivery/adm.h"
#include "delivery/fake_http_client.h"
#include "delivery/push_service.h"
#include "delivery/test_keys.h"
#include "http/fake_net.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

TEST(PushPlatform, has_the_names_of_platform_applications) {
  for (const char* name :
       {"APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "MACOS", "MACOS_SANDBOX", "GCM", "ADM"}) {
    const auto platform = read_push_platform(name);
    ASSERT_TRUE(platform) << name;
    EXPECT_EQ(name_of(*platform), name);
  }
  for (const char* name : {"", "apns", "FCM", "BAIDU", "MPNS", "WNS"}) EXPECT_FALSE(read_push_platform(name)) << name;
}

TEST(PushAttributes, of_the_platform_are_read_and_others_left_alone) {
  PushOptions options;
  const auto read = [&](PushPlatform platform, std::string_view name, std::string_view value) {
    return read_push_attribute(platform, name, value, options).has_value();
  };
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS_SANDBOX.TTL", "60"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS_SANDBOX.TOPIC", "t"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS_SANDBOX.PUSH_TYPE", "alert"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS_SANDBOX.PRIORITY", "5"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS_SANDBOX.COLLAPSE_ID", "c"));
  // Of another platform, or of nobody.
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS.TTL", "1"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "AWS.SNS.MOBILE.APNS", "1"));
  EXPECT_TRUE(read(PushPlatform::apns_sandbox, "TTL", "1"));
  EXPECT_EQ(options.ttl_seconds, 60);
  EXPECT_EQ(options.topic, "t");
  EXPECT_EQ(options.push_type, "alert");
  EXPECT_EQ(options.priority, 5);
  EXPECT_EQ(options.collapse_id, "c");
  options = {};
  EXPECT_TRUE(read(PushPlatform::fcm, "AWS.SNS.MOBILE.FCM.TTL", "7"));
  EXPECT_EQ(options.ttl_seconds, 7);
  EXPECT_TRUE(read(PushPlatform::fcm, "AWS.SNS.MOBILE.GCM.TTL", "8"));
  EXPECT_EQ(options.ttl_seconds, 8);
  for (const char* value : {"", "x", "1s", "-1", "1.5"}) {
    EXPECT_FALSE(read(PushPlatform::adm, "AWS.SNS.MOBILE.ADM.TTL", value)) << value;
  }
}

TEST(PushPayload, of_plain_text_is_what_each_platform_shows) {
  EXPECT_EQ(plain_payload(PushPlatform::macos, "a\"b"), R"({"aps":{"alert":"a\"b"}})");
  EXPECT_EQ(plain_payload(PushPlatform::fcm, "x"), R"({"data":{"default":"x"}})");
  EXPECT_EQ(plain_payload(PushPlatform::adm, "x"), R"({"data":{"default":"x"}})");
}

class AdmTest : public testing::Test {
 protected:
  void send(std::string payload = R"({"data":{"a":"1"}})", PushOptions options = {}) {
    provider_->send({.device_token = "amzn1.dev/1",
                     .payload = std::move(payload),
                     .options = std::move(options),
                     .published = core_.now()},
                    [this](Outcome outcome) { outcome_ = std::move(outcome); });
  }
  http::FakeCore core_;
  FakeHttpClient http_;
  std::shared_ptr<PushProvider> provider_ =
      *make_adm_provider({.credential = "s&cret", .principal = "client"}, {}, core_, http_);
  Outcome outcome_;
};

TEST_F(AdmTest, a_push_is_sent_with_a_token_for_the_clients_credentials) {
  send(R"({"data":{"a":"1"},"expiresAfter":9})", {.ttl_seconds = 60});
  EXPECT_EQ(http_.calls.front().call.url, "https://api.amazon.com/auth/O2/token");
  EXPECT_EQ(http_.calls.front().body(),
            "grant_type=client_credentials&scope=messaging%3Apush&client_id=client&client_secret=s%26cret");
  http_.answer(200, R"({"access_token":"t1","expires_in":3600,"scope":"messaging:push","token_type":"Bearer"})");
  const auto& call = http_.calls.front();
  EXPECT_EQ(call.call.url, "https://api.amazon.com/messaging/registrations/amzn1.dev%2F1/messages");
  EXPECT_EQ(call.header("authorization"), "Bearer t1");
  EXPECT_EQ(call.header("x-amzn-type-version"), "com.amazon.device.messaging.ADMMessage@1.0");
  EXPECT_EQ(call.body(), R"({"data":{"a":"1"},"expiresAfter":60})");
  http_.answer(200, R"({"registrationID":"amzn1.dev/2"})", "x-amzn-RequestId: r\r\n");
  EXPECT_EQ(outcome_.kind, Kind::delivered);
  EXPECT_EQ(outcome_.message_id, "r");
  EXPECT_EQ(outcome_.replacement_token, "amzn1.dev/2");
}

TEST_F(AdmTest, what_cannot_be_sent_is_refused_unsent) {
  for (const char* payload : {"", "hi", "[]"}) {
    send(payload);
    EXPECT_EQ(outcome_.kind, Kind::refused) << payload;
    outcome_ = {};
  }
  send("{}", {.ttl_seconds = 0});
  EXPECT_EQ(outcome_.kind, Kind::refused);
  EXPECT_TRUE(http_.calls.empty());
}

TEST(AdmAnswer, what_the_service_says_decides) {
  struct Case {
    int status;
    const char* reason;
    Kind kind;
  };
  const Case cases[] = {{400, "InvalidRegistrationId", Kind::token_dead},
                        {400, "Unregistered", Kind::token_dead},
                        {400, "InvalidData", Kind::refused},
                        {401, "AccessTokenExpired", Kind::retry},
                        {413, "MessageTooLarge", Kind::refused},
                        {429, "MaxRateExceeded", Kind::retry},
                        {500, "InternalServerError", Kind::retry},
                        {503, "ServiceUnavailable", Kind::retry}};
  for (const auto& [status, reason, kind] : cases) {
    const auto outcome =
        read_adm_answer({.status = status, .body = R"({"reason":")" + std::string(reason) + "\"}"}, "d");
    EXPECT_EQ(outcome.kind, kind) << reason;
    EXPECT_EQ(outcome.detail, reason);
  }
  EXPECT_EQ(read_adm_answer({.status = 200, .body = R"({"registrationID":"d"})"}, "d").replacement_token, "");
}

class PushServiceTest : public testing::Test {
 protected:
  static PlatformCredentials credentials() {
    return {.credential = TestKey::ec().pem(), .principal = "K", .apple_team_id = "T", .apple_bundle_id = "b"};
  }
  static std::shared_ptr<const PushApplication> application(std::string id, PlatformCredentials with) {
    return std::make_shared<const PushApplication>(std::move(id), PushPlatform::apns, std::move(with));
  }
  // The token that a push for this application logs in with.
  std::string login(std::shared_ptr<const PushApplication> application) {
    service_.send(core_, std::move(application), {.device_token = "d", .payload = "{}"},
                  [this](Outcome outcome) { outcome_ = std::move(outcome); });
    if (http_.calls.empty()) return "";
    const auto token = http_.calls.front().header("authorization");
    http_.answer(200);
    return token;
  }
  http::FakeCore core_;
  http::FakeCore other_core_;
  FakeHttpClient http_;
  PushService service_{core_, http_, {}};
  Outcome outcome_;
};

TEST_F(PushServiceTest, an_application_keeps_its_login_until_its_credentials_change) {
  const auto one = application("one", credentials());
  const auto token = login(one);
  EXPECT_EQ(login(one), token);
  EXPECT_EQ(login(application("one", one->credentials)), token);
  EXPECT_NE(login(application("two", one->credentials)), token);
  EXPECT_NE(login(application("one", credentials())), token);
}

TEST_F(PushServiceTest, providers_beyond_the_limit_make_room) {
  const auto with = credentials();
  const auto first = login(application("first", with));
  const auto second = login(application("second", with));
  for (std::size_t i = 2; i < PushService::providers_max; ++i) login(application(std::to_string(i), with));
  EXPECT_EQ(login(application("first", with)), first);
  login(application("one more", with));
  EXPECT_EQ(login(application("first", with)), first);
  EXPECT_NE(login(application("second", with)), second);
}

TEST_F(PushServiceTest, the_outcome_comes_back_to_the_core_that_sent) {
  bool done = false;
  service_.send(other_core_, application("one", credentials()), {.device_token = "d", .payload = "{}"},
                [&](Outcome outcome) { done = outcome.kind == Kind::delivered; });
  EXPECT_TRUE(http_.calls.empty());
  core_.run();
  ASSERT_EQ(http_.calls.size(), 1u);
  EXPECT_EQ(http_.calls.front().home, &core_);
  http_.answer(200);
  EXPECT_FALSE(done);
  other_core_.run();
  EXPECT_TRUE(done);
}

TEST_F(PushServiceTest, credentials_that_cannot_work_are_refused) {
  EXPECT_TRUE(service_.check_credentials(PushPlatform::apns, credentials()));
  EXPECT_FALSE(service_.check_credentials(PushPlatform::apns, {}));
  EXPECT_FALSE(service_.check_credentials(PushPlatform::fcm, {}));
  EXPECT_FALSE(service_.check_credentials(PushPlatform::adm, {}));
  EXPECT_EQ(login(application("one", {})), "");
  EXPECT_EQ(outcome_.kind, Kind::refused);
}

}  // namespace
}  // namespace millrace::delivery
