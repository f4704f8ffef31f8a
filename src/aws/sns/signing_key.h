// SigningKey: the RSA key and certificate by which receivers know that a message is from this server.
//
// Made once for a data directory and kept there, so that what was signed can be verified for as long as it is stored.
// Immutable; used on every core. The signature of a text is always the same (RSASSA-PKCS1-v1_5, RFC 8017).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

struct evp_pkey_st;

namespace millrace::aws::sns {

// SignatureVersion of a topic.
enum class SignatureVersion : unsigned char { sha1 = 1, sha256 = 2 };

class SigningKey {
 public:
  // Takes a good part of a second: never on a core.
  static Result<std::shared_ptr<const SigningKey>> make(Time now);
  static Result<std::shared_ptr<const SigningKey>> from_pem(std::string_view key, std::string_view certificate);

  // In base64. The last signatures of each thread are kept, since many receivers get the same text.
  std::string sign(std::string_view text, SignatureVersion version) const;

  const std::string& key_pem() const { return key_pem_; }
  const std::string& certificate_pem() const { return certificate_pem_; }
  // "SimpleNotificationService-<digest of the certificate>.pem"
  const std::string& certificate_name() const { return certificate_name_; }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  SigningKey() = default;

  std::unique_ptr<evp_pkey_st, Free> key_;
  std::string key_pem_;
  std::string certificate_pem_;
  std::string certificate_name_;
};

}  // namespace millrace::aws::sns
