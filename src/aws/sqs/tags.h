// Tags of queues: their rules.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sqs/limits.h"
#include "codec/field.h"

namespace millrace::aws::sqs {

Outcome<void> check_tags(const codec::Map<std::string>& tags, const Limits& limits);
// Of all that a queue would have.
Outcome<void> check_tag_count(std::size_t count, std::string_view queue_name, const Limits& limits);

}  // namespace millrace::aws::sqs
