// JWT: signed tokens as the push services take them for a login (RFC 7519, RFC 7515): ES256 for APNs, RS256 for Google.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace millrace::delivery {

// A private key. Immutable; may be used on any core.
class SigningKey {
 public:
  enum class Kind { es256, rs256 };

  // An unencrypted EC P-256 or RSA key (2048 bits or more) in PEM, or the base64 of one in PKCS#8 without the PEM's lines.
  // The error says what is wrong with it and holds nothing of it.
  static Result<SigningKey> from_pem(std::string_view pem);

  Kind kind() const { return kind_; }
  // ES256: the two numbers R and S, 32 bytes each. RS256: PKCS#1 v1.5. Both over the SHA-256 of `bytes`.
  std::string sign(std::string_view bytes) const;

 private:
  SigningKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  Kind kind_ = Kind::es256;
};

// The compact form, header.claims.signature. `header` and `claims` are JSON objects.
std::string make_jwt(const SigningKey& key, std::string_view header, std::string_view claims);

// Base64 for URLs, without padding (RFC 4648, 5).
std::string base64url(std::string_view bytes);

}  // namespace millrace::delivery
