#include "delivery/jwt.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/check.h"
#include "codec/text.h"
#include "delivery/pem.h"

namespace millrace::delivery {
namespace {

constexpr int number_size = 32;  // of R and S on P-256
constexpr int rsa_bits_min = 2048;

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

std::shared_ptr<EVP_PKEY> read_base64(std::string_view text) {
  std::string packed(text), der;
  std::erase_if(packed, [](unsigned char c) { return std::isspace(c) != 0; });
  if (!codec::base64_decode(packed, der)) return nullptr;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<EVP_PKEY, FreeOpenSsl> key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  return key;
}

bool is_p256(const EVP_PKEY* key) {
  char group[64] = "";
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 && std::string_view(group, size) == "prime256v1";
}

// From ASN.1, which OpenSSL makes, to the two numbers side by side, which JWT wants.
std::string plain_signature(const std::string& asn1) {
  const auto* at = reinterpret_cast<const unsigned char*>(asn1.data());
  const std::unique_ptr<ECDSA_SIG, Free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(asn1.size())));
  check(signature != nullptr, "OpenSSL reads what it wrote");
  std::string plain(2 * number_size, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(plain.data());
  const bool ok = BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, number_size) == number_size &&
                  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + number_size, number_size) == number_size;
  check(ok, "numbers of P-256 have 32 bytes at most");
  return plain;
}

}  // namespace

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const bool has_lines = pem.find("-----BEGIN") != std::string_view::npos;
  SigningKey result;
  result.key_ = has_lines ? read_pem(pem, PEM_read_bio_PrivateKey) : read_base64(pem);
  if (!result.key_) return fail(ErrorCode::invalid, "the key is no unencrypted private key in PEM");
  const int type = EVP_PKEY_get_base_id(result.key_.get());
  if (type == EVP_PKEY_EC && is_p256(result.key_.get())) {
    result.kind_ = Kind::es256;
  } else if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(result.key_.get()) >= rsa_bits_min) {
    result.kind_ = Kind::rs256;
  } else {
    return fail(ErrorCode::invalid,
                fmt::format("the key is neither one of EC P-256 nor one of RSA with {} bits or more", rsa_bits_min));
  }
  return result;
}

std::string SigningKey::sign(std::string_view bytes) const {
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t size = 0;
  bool ok = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
            EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()) == 1;
  std::string signature(size, '\0');
  ok = ok && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                            bytes.size()) == 1;
  check(ok, "a private key that was read signs");
  signature.resize(size);
  return kind_ == Kind::es256 ? plain_signature(signature) : signature;
}

std::string base64url(std::string_view bytes) {
  std::string text;
  codec::base64_encode(bytes, text);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string make_jwt(const SigningKey& key, std::string_view header, std::string_view claims) {
  std::string token = base64url(header) + '.' + base64url(claims);
  const auto signature = key.sign(token);
  return token + '.' + base64url(signature);
}

}  // namespace millrace::delivery
