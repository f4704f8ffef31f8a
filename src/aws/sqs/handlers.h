// Makes the handler of each operation. An operation of the model without a line here does not compile (service.cc).
#pragma once
#include <memory>

#include "aws/sqs/handler.h"

namespace millrace::aws::sqs {

using ActionPtr = std::unique_ptr<Action>;

// queues.cc
ActionPtr make_handler(op::CreateQueue, Sqs& sqs);
ActionPtr make_handler(op::DeleteQueue, Sqs& sqs);
ActionPtr make_handler(op::GetQueueUrl, Sqs& sqs);
ActionPtr make_handler(op::GetQueueAttributes, Sqs& sqs);
ActionPtr make_handler(op::SetQueueAttributes, Sqs& sqs);
// list.cc
ActionPtr make_handler(op::ListQueues, Sqs& sqs);
ActionPtr make_handler(op::ListDeadLetterSourceQueues, Sqs& sqs);
// messages_send.cc
ActionPtr make_handler(op::SendMessage, Sqs& sqs);
ActionPtr make_handler(op::SendMessageBatch, Sqs& sqs);
// messages_receive.cc
ActionPtr make_handler(op::ReceiveMessage, Sqs& sqs);
// messages_delete.cc
ActionPtr make_handler(op::DeleteMessage, Sqs& sqs);
ActionPtr make_handler(op::DeleteMessageBatch, Sqs& sqs);
// visibility.cc
ActionPtr make_handler(op::ChangeMessageVisibility, Sqs& sqs);
ActionPtr make_handler(op::ChangeMessageVisibilityBatch, Sqs& sqs);
// purge.cc
ActionPtr make_handler(op::PurgeQueue, Sqs& sqs);
// moves.cc
ActionPtr make_handler(op::StartMessageMoveTask, Sqs& sqs);
ActionPtr make_handler(op::CancelMessageMoveTask, Sqs& sqs);
ActionPtr make_handler(op::ListMessageMoveTasks, Sqs& sqs);
// permissions.cc
ActionPtr make_handler(op::AddPermission, Sqs& sqs);
ActionPtr make_handler(op::RemovePermission, Sqs& sqs);
// tags.cc
ActionPtr make_handler(op::TagQueue, Sqs& sqs);
ActionPtr make_handler(op::UntagQueue, Sqs& sqs);
ActionPtr make_handler(op::ListQueueTags, Sqs& sqs);

}  // namespace millrace::aws::sqs
