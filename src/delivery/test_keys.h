// Private keys for tests, made anew each time, and the checking of tokens that were signed with them.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/text.h"

namespace millrace::delivery {

class TestKey {
 public:
  static TestKey ec(const char* curve = "P-256") { return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve)); }
  static TestKey rsa(std::size_t bits = 2048) { return TestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }

  // PKCS#8, with a password if one is given.
  std::string pem(const char* password = nullptr) const {
    BIO* bio = BIO_new(BIO_s_mem());
    const int ok = PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), password ? EVP_aes_128_cbc() : nullptr, password,
                                                 password ? static_cast<int>(std::string_view(password).size()) : 0,
                                                 nullptr, nullptr);
    check(ok == 1);
    return text_in(bio);
  }

  // One that the key signs itself, for a bundle (none if that is empty), valid for an hour from `now`, in seconds.
  std::string certificate(const std::string& bundle_id, long now) const {
    X509* made = X509_new();
    X509_set_version(made, 2);
    ASN1_TIME_set(X509_getm_notBefore(made), now);
    ASN1_TIME_set(X509_getm_notAfter(made), now + 3600);
    X509_NAME* subject = X509_get_subject_name(made);
    if (!bundle_id.empty()) {
      X509_NAME_add_entry_by_NID(subject, NID_userId, MBSTRING_UTF8, bytes(bundle_id), -1, -1, 0);
    }
    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, bytes("test"), -1, -1, 0);
    X509_set_issuer_name(made, subject);
    X509_set_pubkey(made, key_.get());
    check(X509_sign(made, key_.get(), EVP_sha256()) > 0);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, made);
    X509_free(made);
    return text_in(bio);
  }

  // True when the token's signature is this key's.
  bool signed_token(std::string_view token) const {
    const auto dot = token.rfind('.');
    auto signature = decode(token.substr(dot + 1));
    if (EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC) signature = asn1_of(signature);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool ok = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
                    EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(token), dot) == 1;
    EVP_MD_CTX_free(context);
    return ok;
  }

  // Part `index` of a token: 0 is the header, 1 the claims.
  static std::string part(std::string_view token, int index) {
    for (; index > 0; --index) token.remove_prefix(token.find('.') + 1);
    return decode(token.substr(0, token.find('.')));
  }

 private:
  static std::string text_in(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }
  explicit TestKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { check(key != nullptr); }
  static const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static std::string decode(std::string_view base64url) {
    std::string text(base64url), plain;
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    while (text.size() % 4 != 0) text += '=';
    check(codec::base64_decode(text, plain));
    return plain;
  }
  static std::string asn1_of(std::string_view plain) {
    if (plain.size() != 64) return {};
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(bytes(plain), 32, nullptr), BN_bin2bn(bytes(plain) + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature, &der);
    std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return text;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace millrace::delivery
