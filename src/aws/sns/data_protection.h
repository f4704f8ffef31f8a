// Data protection policies: checked for their form and kept. Messages are not searched for what they forbid.
#pragma once
#include <string>

#include "aws/failure.h"
#include "aws/sns/limits.h"

namespace millrace::aws::sns {

Outcome<void> check_data_protection_policy(const std::string& text, const Limits& limits);

}  // namespace millrace::aws::sns
