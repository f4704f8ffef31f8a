// Settings of tables that CreateTable, UpdateTable and the tagging operations share. Used at home, the last one on the
// lane too.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/limits.h"
#include "aws/dynamodb/schema.h"

namespace millrace::aws::dynamodb {

// A ValidationException that says so.
Failure not_offered(std::string_view parameter);

// The time of a stream's beginning is the caller's to set.
Outcome<void> set_stream(const models::dynamodb::StreamSpecification& given, TableSchema& schema);
Outcome<void> set_encryption(const models::dynamodb::SSESpecification& given, TableSchema& schema);
Outcome<void> add_tags(const std::vector<models::dynamodb::Tag>& given, const Limits& limits,
                       std::map<std::string, std::string>& tags);
// Names and numbers of the indexes, and what they project.
Outcome<void> check_indexes(const TableSchema& schema, const Limits& limits);

}  // namespace millrace::aws::dynamodb
