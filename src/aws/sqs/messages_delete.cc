// DeleteMessage and DeleteMessageBatch.
#include "aws/sqs/batch.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/receipts.h"

namespace millrace::aws::sqs {
namespace {

// On the lane.
Outcome<void> remove(engine::Lane& lane, broker::Queue& queue, const std::string& handle) {
  auto receipt = receipt_for(lane, queue, handle);
  if (!receipt) return refuse(std::move(receipt.error()));
  switch (queue.accept(*receipt)) {
    // What was deleted already counts too, as it does at SQS.
    case broker::AcceptOutcome::accepted:
    case broker::AcceptOutcome::gone:
      queue.series(metrics::Kind::queue).add(metrics::Metric::number_of_messages_deleted, 1, lane.now());
      return {};
    case broker::AcceptOutcome::stale:
    case broker::AcceptOutcome::expired: break;
  }
  // A standard queue says yes, and may not have deleted it: another consumer has the message now.
  if (!queue.config().fifo) return {};
  return refuse(invalid_value(handle, "ReceiptHandle", "The receipt handle has expired."));
}

class DeleteMessage final : public QueueHandler<op::DeleteMessage> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_handle(in_.receipt_handle); }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    if (auto ok = check_rate(sqs_, lane, queue, Rated::remove); !ok) return ok;
    return remove(lane, queue, in_.receipt_handle);
  }
};

class DeleteMessageBatch final : public QueueHandler<op::DeleteMessageBatch> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override {
    return check_batch(in_.entries, "DeleteMessageBatchRequestEntry", sqs_.limits());
  }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    if (auto ok = check_rate(sqs_, lane, queue, Rated::remove); !ok) return ok;
    for (const auto& entry : in_.entries) {
      const auto handle = entry.receipt_handle.value_or(std::string());
      auto outcome = check_handle(handle);
      if (outcome) outcome = remove(lane, queue, handle);
      if (outcome) {
        out_.successful.push_back({entry.id});
      } else {
        out_.failed.push_back(failed_entry(entry.id, outcome.error()));
      }
    }
    return {};
  }
};

}  // namespace

ActionPtr make_handler(op::DeleteMessage, Sqs& sqs) { return std::make_unique<DeleteMessage>(sqs); }
ActionPtr make_handler(op::DeleteMessageBatch, Sqs& sqs) { return std::make_unique<DeleteMessageBatch>(sqs); }

}  // namespace millrace::aws::sqs
