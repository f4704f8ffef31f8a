// ItemWrite: one put, update, delete or check of an item, on its own, in a batch or in a transaction. Compiled at home,
// staged on the lane: staging changes nothing but adds what has to be written.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "aws/dynamodb/condition.h"
#include "aws/dynamodb/consumed.h"
#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/store.h"
#include "aws/dynamodb/update.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

struct ItemWrite {
  enum class Kind : std::uint8_t { put, update, remove, check };
  Kind kind = Kind::put;
  std::string table;
  Attributes item;  // of put; of the others the key
  std::optional<Condition> condition;
  Update update;
  bool old_on_failure = false;  // ReturnValuesOnConditionCheckFailure
};

struct Staged {
  std::optional<Attributes> before;
  std::optional<Attributes> after;
  Attributes key;
};

// ResourceNotFoundException, ValidationException or ConditionalCheckFailedException (with the item when asked).
Outcome<Staged> stage(const Tables& tables, const TableSchema& table, const ItemWrite& write, const Limits& limits,
                      Writes& writes, Usage& usage);

}  // namespace millrace::aws::dynamodb
