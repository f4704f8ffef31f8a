// Turns an errno value into an Error. The message names the operation, the thing and the system's reason.
#pragma once
#include <string_view>

#include "base/result.h"

namespace millrace::env {

// ENOSPC and EDQUOT are disk_full, ENOENT is not_found, EEXIST and EADDRINUSE are exists, everything else is io.
Error system_error(std::string_view operation, std::string_view thing, int number);

inline std::unexpected<Error> system_failure(std::string_view operation, std::string_view thing, int number) {
  return std::unexpected<Error>(system_error(operation, thing, number));
}

}  // namespace millrace::env
