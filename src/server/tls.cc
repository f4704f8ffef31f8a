#include "server/tls.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "base/log.h"

namespace millrace::server {
namespace {

constexpr std::size_t pem_bytes_max = std::size_t{1} << 20;

Result<std::string> read_pem(const std::string& name, const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(pem_bytes_max + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || text.empty() || text.size() > pem_bytes_max) {
    const std::string why = errno != 0                    ? std::strerror(errno)
                            : text.size() > pem_bytes_max ? "larger than 1 MiB"
                                                          : "empty or not a file";
    return fail(ErrorCode::invalid, fmt::format("{} cannot be read: {}; allowed: the path of a PEM file", name, why));
  }
  return text;
}

}  // namespace

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
  auto certificate = read_pem(certificate_name, config.tls_certificate);
  if (!certificate) return pass(certificate);
  auto key = read_pem(key_name, config.tls_key);
  if (!key) return pass(key);
  return http::TlsContext::from_pem({certificate_name, *certificate}, {key_name, *key});
}

}  // namespace millrace::server
