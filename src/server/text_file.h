// Files that a configuration names: certificates, keys, passwords.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::server {

// The whole file. `name` (as in tls_key = "PATH") and `allowed` are for the message when it cannot be read, is empty, or is
// larger than 1 MiB.
Result<std::string> read_text_file(std::string_view name, const std::string& path, std::string_view allowed);

}  // namespace millrace::server
