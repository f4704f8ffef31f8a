#include "env/real/system_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace millrace::env {

Error system_error(std::string_view operation, std::string_view thing, int number) {
  ErrorCode code = ErrorCode::io;
  if (number == ENOSPC || number == EDQUOT) code = ErrorCode::disk_full;
  if (number == ENOENT) code = ErrorCode::not_found;
  if (number == EEXIST || number == EADDRINUSE) code = ErrorCode::exists;
  return Error{code, fmt::format("{} {}: {}", operation, thing, std::system_category().message(number))};
}

}  // namespace millrace::env
