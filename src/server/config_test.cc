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

}  // namespace
}  // namespace millrace::server
