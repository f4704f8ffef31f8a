// Keys and certificates from PEM, for the files that use OpenSSL.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

#include "base/check.h"

namespace millrace::delivery {

struct FreeOpenSsl {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// The first thing of the kind that `read` knows (PEM_read_bio_X509, for example) in a text; null when there is none, and
// for a key that has a password.
template <class T>
std::unique_ptr<T, FreeOpenSsl> read_pem(std::string_view text, T* (*read)(BIO*, T**, pem_password_cb*, void*)) {
  const std::unique_ptr<BIO, FreeOpenSsl> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  check(bio != nullptr, "a view of memory costs a few bytes");
  // Without a callback OpenSSL asks the terminal for the password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  std::unique_ptr<T, FreeOpenSsl> result(read(bio.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return result;
}

}  // namespace millrace::delivery
