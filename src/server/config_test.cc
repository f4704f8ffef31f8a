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
}

}  // namespace
}  // namespace millrace::server
