// Names of tables and indexes, and the forms in which a client may write one. Used at home.
#pragma once
#include <string>
#include <string_view>

#include "aws/dynamodb/errors.h"
#include "aws/identity.h"

namespace millrace::aws::dynamodb {

// "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME"
std::string table_arn(const Caller& caller, std::string_view table);

// The rule for the name of a new table or index.
Outcome<void> check_new_name(std::string_view name, std::string_view parameter);

// What a client gave as TableName: a name, or an ARN of the caller's own account and region.
Outcome<std::string> resolve_table(const std::string& given, const Caller& caller);
// The same for ResourceArn, which must be an ARN.
Outcome<std::string> resolve_arn(const std::string& given, const Caller& caller);

}  // namespace millrace::aws::dynamodb
