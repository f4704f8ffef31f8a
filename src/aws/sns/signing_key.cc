#include "aws/sns/signing_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <list>
#include <unordered_map>

#include "aws/digest.h"
#include "base/bytes.h"
#include "base/check.h"
#include "codec/text.h"

namespace millrace::aws::sns {
namespace {

constexpr unsigned key_bits = 2048;
constexpr long certificate_days = 3650;
constexpr std::size_t kept_max = 1'024;

struct FreeOpenSsl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, FreeOpenSsl>;
using Certificate = std::unique_ptr<X509, FreeOpenSsl>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio reading(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Signed by itself, in the name that the service's certificates have.
Certificate certify(EVP_PKEY* key, Time now) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  const auto seconds = to_ms(now) / 1000;
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), seconds);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds);
  ASN1_TIME_adj(X509_getm_notAfter(certificate.get()), seconds, certificate_days, 0);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  constexpr std::string_view common_name = "sns.amazonaws.com";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key);
  if (X509_sign(certificate.get(), key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

// The signatures that a thread made last, by what was signed.
class Kept {
 public:
  const std::string* find(const Sha256& digest) {
    const auto at = index_.find(key_of(digest));
    return at == index_.end() || at->second->first != digest ? nullptr : &at->second->second;
  }
  void add(const Sha256& digest, std::string signature) {
    if (order_.size() >= kept_max) {
      index_.erase(key_of(order_.front().first));
      order_.pop_front();
    }
    order_.emplace_back(digest, std::move(signature));
    index_[key_of(digest)] = std::prev(order_.end());
  }

 private:
  static std::uint64_t key_of(const Sha256& digest) {
    return load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(digest.data()));
  }
  using Order = std::list<std::pair<Sha256, std::string>>;
  Order order_;
  std::unordered_map<std::uint64_t, Order::iterator> index_;
};

}  // namespace

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<std::shared_ptr<const SigningKey>> SigningKey::make(Time now) {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_RSA_gen(key_bits));
  if (!key) return fail(ErrorCode::unavailable, "no RSA key could be made");
  const auto certificate = certify(key.get(), now);
  const Bio key_out(BIO_new(BIO_s_mem()));
  const Bio certificate_out(BIO_new(BIO_s_mem()));
  const bool written = certificate != nullptr && PEM_write_bio_X509(certificate_out.get(), certificate.get()) == 1 &&
                       PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!written) return fail(ErrorCode::unavailable, "no certificate could be made");
  return from_pem(text_of(key_out.get()), text_of(certificate_out.get()));
}

Result<std::shared_ptr<const SigningKey>> SigningKey::from_pem(std::string_view key, std::string_view certificate) {
  const Bio key_in = reading(key);
  const Bio certificate_in = reading(certificate);
  const Certificate read(PEM_read_bio_X509(certificate_in.get(), nullptr, nullptr, nullptr));
  auto signing = std::shared_ptr<SigningKey>(new SigningKey);
  signing->key_.reset(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr));
  if (!signing->key_ || !read) return fail(ErrorCode::damaged, "the key that signs notifications cannot be read");
  signing->key_pem_ = key;
  signing->certificate_pem_ = certificate;
  signing->certificate_name_ = "SimpleNotificationService-" + hex(md5(certificate)) + ".pem";
  return signing;
}

std::string SigningKey::sign(std::string_view text, SignatureVersion version) const {
  thread_local Kept kept;
  // One thread may serve several servers, as tests do, so the key is a part of what is looked for.
  Sha256 digest = sha256(std::string(text) + certificate_name_ + static_cast<char>(version));
  if (const auto* known = kept.find(digest)) return *known;
  const std::unique_ptr<EVP_MD_CTX, FreeOpenSsl> context(EVP_MD_CTX_new());
  const EVP_MD* const algorithm = version == SignatureVersion::sha1 ? EVP_sha1() : EVP_sha256();
  std::string raw(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = raw.size();
  const bool done = EVP_DigestSignInit(context.get(), nullptr, algorithm, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(raw.data()), &size,
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  check(done, "an RSA key signs");
  raw.resize(size);
  std::string signature;
  codec::base64_encode(raw, signature);
  kept.add(digest, signature);
  return signature;
}

}  // namespace millrace::aws::sns
