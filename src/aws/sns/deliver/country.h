// The country of a phone number, by its first digits (ITU-T E.164), for metrics of text messages.
#pragma once
#include <string_view>

namespace millrace::aws::sns::deliver {

// ISO 3166-1 alpha-2, such as "CH" of "+41791234567"; "ZZ" when no country has such numbers. Of countries that share a code
// and cannot be told apart by it, the largest.
std::string_view country_of(std::string_view phone);

}  // namespace millrace::aws::sns::deliver
