// Update: a compiled update of an item, whatever it was written as: an update expression or the older AttributeUpdates.
// Plain data, made at home and applied on the lane.
#pragma once
#include <vector>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/path.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

struct Update {
  struct Assignment {
    Path path;
    Operand operand;
  };
  struct Change {
    Path path;
    Value value;
  };
  std::vector<Assignment> sets;
  std::vector<Path> removes;
  std::vector<Change> adds;
  std::vector<Change> deletes;
  // Every path above, for what UPDATED_OLD and UPDATED_NEW return.
  PathTree paths;
};

// Operands are evaluated on the item as it is; then everything happens at once. On failure the item is unspecified.
Outcome<void> apply(const Update& update, Attributes& item);

}  // namespace millrace::aws::dynamodb
