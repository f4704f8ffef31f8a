#include "server/tls.h"

#include <fmt/format.h>

#include <string>

#include "base/log.h"
#include "server/text_file.h"

namespace millrace::server {

Result<std::shared_ptr<const http::TlsContext>> make_tls(const Config& config, env::Core& core) {
  if (config.tls_certificate.empty()) {
    auto made = http::TlsContext::self_signed(core.now(), core.random_u64());
    if (made) {
      logging::info(
          "TLS: no tls_certificate is given, so one was made for localhost, 127.0.0.1 and ::1; its SHA-256 is {}",
          (*made)->fingerprint());
    }
    return made;
  }
  const auto certificate_name = fmt::format("tls_certificate = \"{}\"", config.tls_certificate);
  const auto key_name = fmt::format("tls_key = \"{}\"", config.tls_key);
  auto certificate = read_text_file(certificate_name, config.tls_certificate, "the path of a PEM file");
  if (!certificate) return pass(certificate);
  auto key = read_text_file(key_name, config.tls_key, "the path of a PEM file");
  if (!key) return pass(key);
  return http::TlsContext::from_pem({certificate_name, *certificate}, {key_name, *key});
}

}  // namespace millrace::server
