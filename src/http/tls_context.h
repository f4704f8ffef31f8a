// TlsContext: what the server's ends of TLS connections have in common: certificate, key, versions, ciphers.
//
// Immutable once made, and shared by all cores. TLS 1.2 and 1.3; ALPN chooses HTTP/2 where the client offers it.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

struct ssl_ctx_st;

namespace millrace::http {

// The contents of a file and what messages call it.
struct NamedPem {
  std::string_view name;
  std::string_view text;
};

class TlsContext {
 public:
  // From the server's certificate, followed by those of its issuers, and its unencrypted private key. Fails, naming the
  // file, when one of them cannot be read or they do not belong together.
  static Result<std::shared_ptr<const TlsContext>> from_pem(NamedPem certificates, NamedPem key);
  // With a new key and a certificate for localhost, 127.0.0.1 and ::1 that it signs itself, valid for a year.
  static Result<std::shared_ptr<const TlsContext>> self_signed(Time now, std::uint64_t serial);

  ssl_ctx_st* native() const { return context_.get(); }
  // SHA-256 of the certificate, "A1:B2:…", by which a person can compare it.
  const std::string& fingerprint() const { return fingerprint_; }
  // The certificate itself, for clients that are to trust it.
  const std::string& certificate_pem() const { return certificate_pem_; }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  TlsContext() = default;
  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::string fingerprint_;
  std::string certificate_pem_;

  friend struct TlsContextMaker;
};

}  // namespace millrace::http
