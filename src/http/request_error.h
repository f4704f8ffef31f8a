// RequestError: why a request cannot be understood, as the status and the line of text that the client is told.
#pragma once
#include <cstdint>
#include <string_view>

namespace millrace::http {

struct RequestError {
  std::uint16_t status = 0;  // 0: none
  std::string_view why;      // static text
};

}  // namespace millrace::http
