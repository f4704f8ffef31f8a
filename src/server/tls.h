// The certificate and key that the configuration names, or new ones.
#pragma once
#include <memory>

#include "base/result.h"
#include "env/core.h"
#include "http/tls_context.h"
#include "server/config.h"

namespace millrace::server {

// Reads the files of tls_certificate and tls_key; the error names the key, the file and what is allowed. Without them,
// makes a certificate for this machine and logs its fingerprint.
Result<std::shared_ptr<const http::TlsContext>> make_tls(const Config& config, env::Core& core);

}  // namespace millrace::server
