// What every transfer to another server sets alike.
#pragma once
#include <curl/curl.h>

#include <string>

#include "delivery/curl_library.h"

namespace millrace::delivery {

// A handle for these protocols ("http,https"), without signals and the environment's proxies, that trusts the system's
// certificates and those of `ca_file` (none when empty). Errors are told in `error`, of CURL_ERROR_SIZE bytes, which
// outlives the handle.
CURL* new_handle(const CurlLibrary& curl, const char* protocols, const std::string& ca_file, char* error);

}  // namespace millrace::delivery
