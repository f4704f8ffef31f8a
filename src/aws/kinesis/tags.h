// Tags of streams and of registered consumers.
#pragma once
#include "aws/kinesis/catalog_entries.h"
#include "aws/kinesis/errors.h"
#include "aws/kinesis/limits.h"
#include "aws/kinesis/names.h"
#include "codec/field.h"

namespace millrace::aws::kinesis {

Outcome<void> check_tags(const codec::Map<std::string>& tags);
Outcome<void> check_tag_count(const Tags& tags, const StreamName& stream, const Limits& limits);

}  // namespace millrace::aws::kinesis
