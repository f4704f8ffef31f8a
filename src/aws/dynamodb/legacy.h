// The older parameters, from before there were expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter,
// ScanFilter and AttributesToGet become the same conditions, updates and projections. Used at home.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/path.h"
#include "aws/dynamodb/update.h"

namespace millrace::aws::dynamodb {

Outcome<std::optional<Condition>> condition_of(const codec::Map<models::dynamodb::ExpectedAttributeValue>& expected,
                                               const std::optional<std::string>& conditional_operator);

// Of KeyConditions, QueryFilter and ScanFilter.
Outcome<std::optional<Condition>> condition_of(const codec::Map<models::dynamodb::Condition>& conditions,
                                               const std::optional<std::string>& conditional_operator);

Outcome<Update> update_of(const codec::Map<models::dynamodb::AttributeValueUpdate>& updates);

Outcome<std::optional<PathTree>> attributes_to_get(const std::vector<std::string>& names);

}  // namespace millrace::aws::dynamodb
