// Configuration: keys, their values, and the rules between them.
#include "server/config.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

namespace millrace::server {
namespace {

// The message of what is wrong with these keys, or nothing.
std::string wrong(std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  Config config;
  for (const auto& [name, value] : values) {
    if (auto ok = set(config, name, value, "FILE:1"); !ok) return ok.error().message;
  }
  const auto ok = validate(config);
  return ok ? std::string() : ok.error().message;
}

TEST(Config, EveryErrorNamesKeyValueAndWhatIsAllowed) {
  for (const Key& key : keys()) {
    Config config;
    const auto taken = set(config, key.name, "", "FILE:1");
    if (taken) continue;
    EXPECT_TRUE(taken.error().message.starts_with("FILE:1: " + std::string(key.name) + " = \"\"")) << key.name;
    EXPECT_TRUE(taken.error().message.ends_with("allowed: " + std::string(key.allowed))) << key.name;
  }
  EXPECT_NE(wrong({{"no_such_key", "1"}}).find("tls_listen"), std::string::npos) << "the keys are listed";
}

TEST(Config, OtherMachinesAreLetInOnlyWhenAsked) {
  for (const std::string_view key : {"listen", "tls_listen"}) {
    EXPECT_EQ(wrong({{key, "127.0.0.1:1"}}), "");
    EXPECT_EQ(wrong({{key, "[::1]:1"}}), "");
    EXPECT_TRUE(wrong({{key, "0.0.0.0:1"}}).starts_with(std::string(key) + " = \"0.0.0.0:1\""));
    EXPECT_EQ(wrong({{key, "0.0.0.0:1"}, {"insecure", "true"}}), "");
  }
}

TEST(Config, CertificateAndKeyStandTogether) {
  EXPECT_EQ(wrong({{"tls_listen", "localhost:0"}}), "") << "a certificate is made";
  EXPECT_EQ(wrong({{"tls_listen", "localhost:0"}, {"tls_certificate", "c.pem"}, {"tls_key", "k.pem"}}), "");
  EXPECT_TRUE(wrong({{"tls_listen", "localhost:0"}, {"tls_certificate", "c.pem"}})
                  .starts_with("tls_certificate = \"c.pem\" needs tls_key"));
  EXPECT_TRUE(wrong({{"tls_listen", "localhost:0"}, {"tls_key", "k.pem"}})
                  .starts_with("tls_key = \"k.pem\" needs tls_certificate"));
  EXPECT_TRUE(wrong({{"tls_certificate", "c.pem"}, {"tls_key", "k.pem"}})
                  .starts_with("tls_certificate = \"c.pem\" serves nothing without tls_listen"));
}

TEST(Config, WhereDeliveriesGo) {
  EXPECT_EQ(wrong({{"lambda_url", "http://localhost:9001"}, {"fcm_url", "https://x/y"}}), "");
  EXPECT_TRUE(wrong({{"apns_url", "api.push.apple.com"}}).starts_with("FILE:1: apns_url = \"api.push.apple.com\""));
  EXPECT_TRUE(
      wrong({{"lambda_access_key", "AK"}}).starts_with("lambda_access_key = \"AK\" needs lambda_secret_key_file"));
  EXPECT_TRUE(
      wrong({{"lambda_secret_key_file", "f"}}).starts_with("lambda_secret_key_file = \"f\" needs lambda_access_key"));
  EXPECT_EQ(wrong({{"smpp_address", "smsc:2775"}, {"smpp_system_id", "me"}}), "");
  EXPECT_NE(wrong({{"smpp_address", "smsc:2775"}}), "");
  EXPECT_NE(wrong({{"smpp_system_id", "sixteen letters!"}}), "");
  EXPECT_NE(wrong({{"smpp_address", "smsc:2775"}, {"smpp_system_id", "me"}, {"sms_url", "http://x"}}), "");
  EXPECT_EQ(wrong({{"sms_url", "http://x/{phone}"}, {"sms_headers", "X-Key: 1\nX-Other: 2"}, {"sms_method", "GET"}}),
            "");
  EXPECT_NE(wrong({{"sms_headers", "no header"}}), "");
  EXPECT_NE(wrong({{"sms_method", "DELETE"}}), "");
  EXPECT_EQ(wrong({{"sms_price", "0.00645"}}), "");
  EXPECT_NE(wrong({{"sms_price", "-1"}}), "");
}

TEST(Config, HowOthersAreCalled) {
  Config config;
  EXPECT_EQ(config.delivery_deny, "metadata");
  EXPECT_TRUE(set(config, "delivery_deny", "none", ""));
  EXPECT_EQ(config.delivery_deny, "");
  EXPECT_EQ(wrong({{"delivery_deny", "private, 8.8.8.8"}, {"delivery_allow", "10.1.0.0/16"}}), "");
  EXPECT_NE(wrong({{"delivery_deny", ""}}), "") << "what a list of TOML would become";
  EXPECT_NE(wrong({{"delivery_deny", "privat"}}), "");
  EXPECT_NE(wrong({{"delivery_connections_max", "7"}}), "");
  EXPECT_EQ(wrong({{"smtp_url", "smtp://relay:25"}, {"mail_from", "A <a@example.com>"}}), "");
  EXPECT_TRUE(wrong({{"smtp_url", "smtps://relay"}}).starts_with("smtp_url = \"smtps://relay\" needs mail_from"));
  EXPECT_NE(wrong({{"smtp_url", "relay:25"}, {"mail_from", "a@example.com"}}), "");
  EXPECT_NE(wrong({{"mail_from", "a@b\r\nBcc: c@d"}}), "");
  EXPECT_NE(wrong({{"smtp_user", "me"}}), "");
  EXPECT_NE(wrong({{"smtp_starttls", "maybe"}}), "");
}

}  // namespace
}  // namespace millrace::server
