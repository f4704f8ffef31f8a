// check(): a statement about the program that is always verified, in release builds too.
//
// A failed check is a bug in Millrace, never a consequence of input, disk or network: those are Results
// (result.h). It prints where and what, and aborts, since a broker that no longer knows its own state must not go on.
#pragma once
#include <string_view>

namespace millrace {

[[noreturn]] void check_failed(std::string_view condition, std::string_view file, int line, std::string_view why);

}  // namespace millrace

// The second argument says why the condition must hold.
#define check(condition, ...)                                                        \
  do {                                                                               \
    if (!(condition)) [[unlikely]] {                                                 \
      ::millrace::check_failed(#condition, __FILE__, __LINE__, "" __VA_ARGS__);      \
    }                                                                                \
  } while (false)
