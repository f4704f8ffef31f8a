// check(): a statement about the program that is always verified, in release builds too.
//
// A failed check is a bug in Millrace, never a consequence of input, disk or network: those are Results
// (result.h). It prints where and why, and aborts, since a broker that no longer knows its own state must not go on.
#pragma once
#include <source_location>
#include <string_view>

namespace millrace {

[[noreturn]] void check_failed(std::string_view why, const std::source_location& where);

// `why` says why the condition must hold.
inline void check(bool condition, std::string_view why = {},
                  const std::source_location& where = std::source_location::current()) {
  if (!condition) [[unlikely]]
    check_failed(why, where);
}

}  // namespace millrace
