#include "base/result.h"

namespace millrace {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid: return "invalid";
    case ErrorCode::not_found: return "not found";
    case ErrorCode::exists: return "exists";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::over_limit: return "over limit";
    case ErrorCode::disk_full: return "disk full";
    case ErrorCode::io: return "i/o error";
    case ErrorCode::damaged: return "damaged";
    case ErrorCode::unavailable: return "unavailable";
    case ErrorCode::unsupported: return "unsupported";
  }
  return "unknown";
}

}  // namespace millrace
