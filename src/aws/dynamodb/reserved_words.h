// The words that an expression must not use as names of attributes.
#pragma once
#include <string_view>

namespace millrace::aws::dynamodb {

// In upper or lower case alike.
bool is_reserved_word(std::string_view word);

}  // namespace millrace::aws::dynamodb
