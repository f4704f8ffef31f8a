// The conditions of one name in a filter policy: what is allowed, the service's words for what is not, and their code.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "broker/topic/filter_json.h"

namespace millrace::broker {

struct FilterRuleError {
  std::string what;
  std::optional<std::size_t> position;  // not every error of the service has one
};

// Puts the array's conditions into `code`, in ascending order, each once (filter_code.h).
std::optional<FilterRuleError> encode_filter_rules(const FilterJson& array, std::string& code);

}  // namespace millrace::broker
