// The program's version, as the changelog counts.
#pragma once
#include <string_view>

namespace millrace::server {

constexpr std::string_view version = "millrace 0.1.0";

}  // namespace millrace::server
