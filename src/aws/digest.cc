#include "aws/digest.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"
#include "codec/text.h"

namespace millrace::aws {
namespace {

struct Free {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching an algorithm takes locks and searches providers: done once.
struct Algorithms {
  std::unique_ptr<EVP_MD, Free> md5{EVP_MD_fetch(nullptr, "MD5", nullptr)};
  std::unique_ptr<EVP_MD, Free> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  Algorithms() { check(md5 != nullptr && sha256 != nullptr, "OpenSSL offers MD5 and SHA-256"); }
};

const Algorithms& algorithms() {
  static const Algorithms both;
  return both;
}

// One for each algorithm, since changing it makes a context anew.
struct Contexts {
  std::unique_ptr<EVP_MD_CTX, Free> md5{EVP_MD_CTX_new()};
  std::unique_ptr<EVP_MD_CTX, Free> sha256{EVP_MD_CTX_new()};
};

Contexts& contexts() {
  thread_local Contexts kept;
  return kept;
}

template <class Digest>
Digest digest(const EVP_MD* algorithm, EVP_MD_CTX* ctx, std::string_view bytes) {
  Digest result;
  unsigned size = 0;
  const bool ok = EVP_DigestInit_ex2(ctx, algorithm, nullptr) == 1 &&
                  EVP_DigestUpdate(ctx, bytes.data(), bytes.size()) == 1 &&
                  EVP_DigestFinal_ex(ctx, result.data(), &size) == 1;
  check(ok && size == result.size(), "a digest over memory cannot fail");
  return result;
}

}  // namespace

Md5 md5(std::string_view bytes) { return digest<Md5>(algorithms().md5.get(), contexts().md5.get(), bytes); }
Sha256 sha256(std::string_view bytes) {
  return digest<Sha256>(algorithms().sha256.get(), contexts().sha256.get(), bytes);
}

std::string hex(std::string_view bytes) {
  std::string text;
  codec::hex_encode(bytes, text);
  return text;
}

Md5Stream::Md5Stream() {
  check(EVP_DigestInit_ex2(contexts().md5.get(), algorithms().md5.get(), nullptr) == 1,
        "a digest over memory cannot fail");
}

void Md5Stream::add(std::string_view bytes) {
  check(EVP_DigestUpdate(contexts().md5.get(), bytes.data(), bytes.size()) == 1, "a digest over memory cannot fail");
}

Md5 Md5Stream::finish() {
  Md5 result;
  unsigned size = 0;
  check(EVP_DigestFinal_ex(contexts().md5.get(), result.data(), &size) == 1, "a digest over memory cannot fail");
  return result;
}

}  // namespace millrace::aws
