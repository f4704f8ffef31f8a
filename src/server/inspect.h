// millrace check and millrace dump: a data directory, read offline.
#pragma once
#include <string>

#include "base/result.h"

namespace millrace::server {

// Verifies every checksum and every reference and prints what is damaged, a line each. True when all is well.
Result<bool> check_directory(const std::string& path);
// Prints journals, checkpoints and segments for people.
Result<void> dump_directory(const std::string& path);

}  // namespace millrace::server
