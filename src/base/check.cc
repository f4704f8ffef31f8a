#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace millrace {

void check_failed(std::string_view condition, std::string_view file, int line, std::string_view why) {
  std::fprintf(stderr, "millrace: check failed: %.*s at %.*s:%d%s%.*s\n", static_cast<int>(condition.size()),
               condition.data(), static_cast<int>(file.size()), file.data(), line, why.empty() ? "" : ": ",
               static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace millrace
