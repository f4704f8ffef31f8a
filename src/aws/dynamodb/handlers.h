// Makes the handler of each operation. An operation of the model without a line here does not compile (service.cc).
#pragma once
#include <memory>

#include "aws/dynamodb/handler.h"

namespace millrace::aws::dynamodb {

using ActionPtr = std::unique_ptr<Action>;

// create_table.cc
ActionPtr make_handler(op::CreateTable, DynamoDb& dynamodb);
// update_table.cc
ActionPtr make_handler(op::UpdateTable, DynamoDb& dynamodb);
// tables.cc
ActionPtr make_handler(op::DescribeTable, DynamoDb& dynamodb);
ActionPtr make_handler(op::DeleteTable, DynamoDb& dynamodb);
ActionPtr make_handler(op::ListTables, DynamoDb& dynamodb);
// items.cc
ActionPtr make_handler(op::GetItem, DynamoDb& dynamodb);
ActionPtr make_handler(op::PutItem, DynamoDb& dynamodb);
ActionPtr make_handler(op::UpdateItem, DynamoDb& dynamodb);
ActionPtr make_handler(op::DeleteItem, DynamoDb& dynamodb);
// query.cc
ActionPtr make_handler(op::Query, DynamoDb& dynamodb);
// scan.cc
ActionPtr make_handler(op::Scan, DynamoDb& dynamodb);
// batch.cc
ActionPtr make_handler(op::BatchGetItem, DynamoDb& dynamodb);
ActionPtr make_handler(op::BatchWriteItem, DynamoDb& dynamodb);
// transact.cc
ActionPtr make_handler(op::TransactWriteItems, DynamoDb& dynamodb);
ActionPtr make_handler(op::TransactGetItems, DynamoDb& dynamodb);
// time_to_live.cc
ActionPtr make_handler(op::UpdateTimeToLive, DynamoDb& dynamodb);
ActionPtr make_handler(op::DescribeTimeToLive, DynamoDb& dynamodb);
// backups.cc
ActionPtr make_handler(op::UpdateContinuousBackups, DynamoDb& dynamodb);
ActionPtr make_handler(op::DescribeContinuousBackups, DynamoDb& dynamodb);
// tags.cc
ActionPtr make_handler(op::TagResource, DynamoDb& dynamodb);
ActionPtr make_handler(op::UntagResource, DynamoDb& dynamodb);
ActionPtr make_handler(op::ListTagsOfResource, DynamoDb& dynamodb);
// account.cc
ActionPtr make_handler(op::DescribeLimits, DynamoDb& dynamodb);
ActionPtr make_handler(op::DescribeEndpoints, DynamoDb& dynamodb);

}  // namespace millrace::aws::dynamodb
