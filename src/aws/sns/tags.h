// Tags of topics: their rules.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "aws/failure.h"
#include "aws/sns/limits.h"
#include "models/sns.h"

namespace millrace::aws::sns {

using Tags = std::map<std::string, std::string>;

// The tags of a request; each key is there once.
Outcome<Tags> read_tags(const std::vector<models::sns::Tag>& tags);
// Of all that a topic would have.
Outcome<void> check_tag_count(const Tags& tags, const Limits& limits);

}  // namespace millrace::aws::sns
