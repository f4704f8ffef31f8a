// Values between the API's structs and our own, with everything that the service demands of a value. Used at home.
#pragma once
#include <optional>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

using ModelValue = models::dynamodb::AttributeValue;
using ModelMap = codec::Map<ModelValue>;

Outcome<Value> value_of(const ModelValue& value);
// Of an item, a key, or a map of values. Names must not be empty or too long.
Outcome<Attributes> attributes_of(const ModelMap& map);

ModelValue to_model(const Value& value);
ModelMap to_model(const Attributes& attributes);

}  // namespace millrace::aws::dynamodb
