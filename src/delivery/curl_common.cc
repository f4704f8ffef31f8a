#include "delivery/curl_common.h"

#include "base/check.h"

namespace millrace::delivery {
namespace {

// Where Debian keeps the certificates that the system trusts, by hash, so that few of them are read.
constexpr const char* system_ca_directory = "/etc/ssl/certs";

}  // namespace

CURL* new_handle(const CurlLibrary& curl, const char* protocols, const std::string& ca_file, char* error) {
  CURL* handle = curl.easy_init();
  check(handle != nullptr, "out of memory");
  const auto set = [&](CURLoption option, auto value) {
    check(curl.easy_setopt(handle, option, value) == CURLE_OK, "libcurl knows the option");
  };
  set(CURLOPT_NOSIGNAL, 1L);
  // A transfer that times out while its name is being resolved lets go of the resolver instead of waiting for it.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_ERRORBUFFER, error);
  if (ca_file.empty()) {
    // With the one file alone libcurl reads it once and not for each connection.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  } else {
    set(CURLOPT_CAINFO, ca_file.c_str());
    set(CURLOPT_CAPATH, system_ca_directory);
  }
  return handle;
}

}  // namespace millrace::delivery
