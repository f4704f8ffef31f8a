// What a key condition says about the keys of a table or index: one hash key, and a range of range keys. On the lane,
// where the keys are known.
#pragma once
#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/page.h"

namespace millrace::aws::dynamodb {

Outcome<KeyRange> key_range(const Condition& condition, const Source& source);

// A filter of Query must not look at the attributes of the key.
Outcome<void> check_filter(const Condition& filter, const KeySchema& keys, bool older);

}  // namespace millrace::aws::dynamodb
