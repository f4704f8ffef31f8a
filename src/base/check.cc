#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void check_failed(std::string_view why, const std::source_location& where) {
  std::fprintf(stderr, "millrace: check failed in %s at %s:%u%s%.*s\n", where.function_name(), where.file_name(),
               where.line(), why.empty() ? "" : ": ", static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace millrace
