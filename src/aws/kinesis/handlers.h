// Makes the handler of each operation. An operation of the model without a line here does not compile (service.cc).
#pragma once
#include <memory>

#include "aws/kinesis/handler.h"

namespace millrace::aws::kinesis {

using ActionPtr = std::unique_ptr<Action>;

// streams.cc
ActionPtr make_handler(op::CreateStream, Kinesis& kinesis);
ActionPtr make_handler(op::DeleteStream, Kinesis& kinesis);
ActionPtr make_handler(op::DescribeStream, Kinesis& kinesis);
ActionPtr make_handler(op::DescribeStreamSummary, Kinesis& kinesis);
ActionPtr make_handler(op::ListStreams, Kinesis& kinesis);
// records_put.cc
ActionPtr make_handler(op::PutRecord, Kinesis& kinesis);
ActionPtr make_handler(op::PutRecords, Kinesis& kinesis);
// records_get.cc
ActionPtr make_handler(op::GetShardIterator, Kinesis& kinesis);
ActionPtr make_handler(op::GetRecords, Kinesis& kinesis);
// shards.cc
ActionPtr make_handler(op::SplitShard, Kinesis& kinesis);
ActionPtr make_handler(op::MergeShards, Kinesis& kinesis);
ActionPtr make_handler(op::UpdateShardCount, Kinesis& kinesis);
// shards_list.cc
ActionPtr make_handler(op::ListShards, Kinesis& kinesis);
// settings.cc
ActionPtr make_handler(op::IncreaseStreamRetentionPeriod, Kinesis& kinesis);
ActionPtr make_handler(op::DecreaseStreamRetentionPeriod, Kinesis& kinesis);
ActionPtr make_handler(op::UpdateMaxRecordSize, Kinesis& kinesis);
ActionPtr make_handler(op::UpdateStreamMode, Kinesis& kinesis);
ActionPtr make_handler(op::UpdateStreamWarmThroughput, Kinesis& kinesis);
ActionPtr make_handler(op::StartStreamEncryption, Kinesis& kinesis);
ActionPtr make_handler(op::StopStreamEncryption, Kinesis& kinesis);
ActionPtr make_handler(op::EnableEnhancedMonitoring, Kinesis& kinesis);
ActionPtr make_handler(op::DisableEnhancedMonitoring, Kinesis& kinesis);
// account.cc
ActionPtr make_handler(op::DescribeLimits, Kinesis& kinesis);
ActionPtr make_handler(op::DescribeAccountSettings, Kinesis& kinesis);
ActionPtr make_handler(op::UpdateAccountSettings, Kinesis& kinesis);
// tags.cc
ActionPtr make_handler(op::AddTagsToStream, Kinesis& kinesis);
ActionPtr make_handler(op::RemoveTagsFromStream, Kinesis& kinesis);
ActionPtr make_handler(op::ListTagsForStream, Kinesis& kinesis);
ActionPtr make_handler(op::TagResource, Kinesis& kinesis);
ActionPtr make_handler(op::UntagResource, Kinesis& kinesis);
ActionPtr make_handler(op::ListTagsForResource, Kinesis& kinesis);
// policies.cc
ActionPtr make_handler(op::PutResourcePolicy, Kinesis& kinesis);
ActionPtr make_handler(op::GetResourcePolicy, Kinesis& kinesis);
ActionPtr make_handler(op::DeleteResourcePolicy, Kinesis& kinesis);
// consumers.cc
ActionPtr make_handler(op::RegisterStreamConsumer, Kinesis& kinesis);
ActionPtr make_handler(op::DeregisterStreamConsumer, Kinesis& kinesis);
ActionPtr make_handler(op::DescribeStreamConsumer, Kinesis& kinesis);
ActionPtr make_handler(op::ListStreamConsumers, Kinesis& kinesis);
// subscribe.cc
ActionPtr make_handler(op::SubscribeToShard, Kinesis& kinesis);

}  // namespace millrace::aws::kinesis
