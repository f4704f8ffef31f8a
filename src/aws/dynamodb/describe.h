// A table as DescribeTable and its siblings show it.
#pragma once
#include <string_view>

#include "aws/dynamodb/names.h"
#include "aws/dynamodb/schema.h"
#include "aws/dynamodb/store.h"

namespace millrace::aws::dynamodb {

// What only the lane can count.
struct TableCounts {
  struct Part {
    std::int64_t items = 0;
    std::int64_t bytes = 0;
  };
  Part table;
  std::vector<Part> indexes;  // in the order of the schema's
};

// Looks at every item.
TableCounts count(const Tables& tables, const TableSchema& table);

models::dynamodb::TableDescription describe(const TableSchema& table, const TableCounts& counts,
                                            std::string_view status, const Caller& caller);

}  // namespace millrace::aws::dynamodb
