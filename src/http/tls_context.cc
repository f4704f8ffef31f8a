#include "http/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>

#include "base/check.h"

namespace millrace::http {
namespace {

template <auto free_it>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    free_it(what);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

constexpr auto self_signed_validity = std::chrono::days(365);
constexpr const char* self_signed_names = "DNS:localhost,IP:127.0.0.1,IP:::1";

// What a client may offer, best first, in ALPN's form.
constexpr std::array<std::string_view, 2> protocols = {"\x02h2", "\x08http/1.1"};

// Forward secrecy and authenticated encryption only, which HTTP/2 asks for (RFC 9113, section 9.2.2).
constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

// The last thing that OpenSSL complained about on this thread.
std::string reason() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "unknown" : text;
}

Bio reader(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// A client that offers protocols, none of which is spoken here, is turned away (RFC 7301, section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  const std::string_view offers(reinterpret_cast<const char*>(offered), offered_size);
  for (const auto wanted : protocols) {
    for (std::size_t at = 0; at < offers.size(); at += 1 + static_cast<unsigned char>(offers[at])) {
      if (offers.substr(at, wanted.size()) != wanted) continue;
      *chosen = reinterpret_cast<const unsigned char*>(wanted.data()) + 1;
      *chosen_size = static_cast<unsigned char>(wanted.size() - 1);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Nobody is there to type a password.
int no_password(char*, int, int, void*) { return -1; }

bool add_extension(X509* certificate, int id, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill_self_signed(X509* certificate, EVP_PKEY* key, Time now, std::uint64_t serial) {
  const auto seconds = [](Time time) {
    return static_cast<time_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  };
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* common_name = reinterpret_cast<const unsigned char*>("localhost");
  // A day back, for clients whose clocks are behind.
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
         ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(now - std::chrono::days(1))) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(now + self_signed_validity)) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_subject_alt_name, self_signed_names) &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") && X509_sign(certificate, key, EVP_sha256()) != 0;
}

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  check(X509_digest(certificate, EVP_sha256(), digest.data(), &size) == 1);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  return text;
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  check(bio && PEM_write_bio_X509(bio.get(), certificate) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

struct TlsContextMaker {
  std::shared_ptr<TlsContext> made{new TlsContext()};

  TlsContextMaker() {
    made->context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* context = made->context_.get();
    check(context != nullptr, "no memory for a TLS context");
    check(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    check(SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    // Sessions are resumed by tickets, which cost the server no memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  }

  // The certificate's name and key are checked by the caller.
  bool use(X509* certificate, EVP_PKEY* key) {
    SSL_CTX* context = made->native();
    made->fingerprint_ = fingerprint_of(certificate);
    made->certificate_pem_ = pem_of(certificate);
    return SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
  }
};

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::from_pem(NamedPem certificates, NamedPem key) {
  ERR_clear_error();
  const Bio chain = reader(certificates.text);
  const Certificate first(PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr));
  if (!first) {
    return fail(ErrorCode::invalid,
                fmt::format("{} holds no certificate that can be read ({}); allowed: a PEM file with the server's "
                            "certificate, followed by those of its issuers",
                            certificates.name, reason()));
  }
  const Key private_key(PEM_read_bio_PrivateKey(reader(key.text).get(), nullptr, no_password, nullptr));
  if (!private_key) {
    return fail(ErrorCode::invalid,
                fmt::format("{} holds no private key that can be read ({}); allowed: a PEM file with the key of the "
                            "certificate, without a password",
                            key.name, reason()));
  }
  if (X509_check_private_key(first.get(), private_key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::invalid, fmt::format("{} does not belong to the certificate in {}; allowed: the private "
                                                "key that the certificate was made with",
                                                key.name, certificates.name));
  }
  TlsContextMaker maker;
  if (!maker.use(first.get(), private_key.get())) {
    return fail(ErrorCode::invalid,
                fmt::format("{} cannot be used ({}); allowed: a certificate for a server with a key that is strong "
                            "enough, such as P-256 or RSA of 2048 bits",
                            certificates.name, reason()));
  }
  while (X509* issuer = PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr)) {
    // The context owns it from here.
    check(SSL_CTX_add0_chain_cert(maker.made->native(), issuer) == 1, "no memory for a certificate");
  }
  ERR_clear_error();  // the end of the file is reported as an error
  return std::move(maker.made);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::self_signed(Time now, std::uint64_t serial) {
  ERR_clear_error();
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate(X509_new());
  TlsContextMaker maker;
  if (!key || !certificate || !fill_self_signed(certificate.get(), key.get(), now, serial) ||
      !maker.use(certificate.get(), key.get())) {
    return fail(ErrorCode::io, fmt::format("no self-signed certificate can be made: {}", reason()));
  }
  return std::move(maker.made);
}

}  // namespace millrace::http
