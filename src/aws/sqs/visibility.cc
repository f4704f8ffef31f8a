// ChangeMessageVisibility and ChangeMessageVisibilityBatch.
#include <fmt/format.h>

#include "aws/sqs/batch.h"
#include "aws/sqs/handlers.h"
#include "aws/sqs/receipts.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::int32_t visibility_max = 43'200;
// The service says ...Batch in one place and ...BatchRequestEntry in another.
constexpr std::string_view entry_name = "ChangeMessageVisibilityBatchRequestEntry";

// On the lane.
Outcome<void> change(engine::Lane& lane, broker::Queue& queue, const std::string& handle, std::int32_t seconds) {
  auto receipt = receipt_for(lane, queue, handle);
  if (!receipt) return refuse(std::move(receipt.error()));
  switch (queue.renew(*receipt, std::chrono::seconds(seconds))) {
    case broker::RenewOutcome::renewed: return {};
    case broker::RenewOutcome::not_in_flight:
      // Its time has passed and it is visible: a standard queue accepts that and leaves it so.
      if (!queue.config().fifo) return {};
      break;
    case broker::RenewOutcome::over_total:
      return refuse(invalid_value(
          std::to_string(seconds), "VisibilityTimeout",
          fmt::format("Total VisibilityTimeout for the message is beyond the limit [{} seconds].", visibility_max)));
    case broker::RenewOutcome::gone:
    case broker::RenewOutcome::stale: break;
  }
  return refuse(invalid_value(handle, "ReceiptHandle",
                              "Message does not exist or is not available for visibility timeout change."));
}

class ChangeMessageVisibility final : public QueueHandler<op::ChangeMessageVisibility> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> prepare(Call&) override { return check_handle(in_.receipt_handle); }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    return change(lane, queue, in_.receipt_handle, in_.visibility_timeout);
  }
};

class ChangeMessageVisibilityBatch final : public QueueHandler<op::ChangeMessageVisibilityBatch> {
 public:
  using QueueHandler::QueueHandler;

 private:
  using Entry = models::sqs::ChangeMessageVisibilityBatchRequestEntry;

  Outcome<void> prepare(Call&) override { return check_batch(in_.entries, entry_name, sqs_.limits()); }

  Outcome<void> act(engine::Lane& lane, broker::Queue& queue) override {
    for (std::size_t i = 0; i < in_.entries.size(); ++i) {
      const auto& entry = in_.entries[i];
      auto outcome = check_entry(entry, i + 1);
      if (outcome) outcome = change(lane, queue, *entry.receipt_handle, *entry.visibility_timeout);
      if (outcome) {
        out_.successful.push_back({entry.id});
      } else {
        out_.failed.push_back(failed_entry(entry.id, outcome.error()));
      }
    }
    return {};
  }

  static Outcome<void> check_entry(const Entry& entry, std::size_t number) {
    if (auto ok = check_handle(entry.receipt_handle.value_or(std::string())); !ok) return ok;
    if (!entry.visibility_timeout) {
      return refuse(missing_parameter(fmt::format("{}.{}.VisibilityTimeout", entry_name, number)));
    }
    const auto seconds = *entry.visibility_timeout;
    if (seconds >= 0 && seconds <= visibility_max) return {};
    return refuse(invalid_value(std::to_string(seconds), "VisibilityTimeout",
                                "VisibilityTimeout must be an integer between 0 and 43200."));
  }
};

}  // namespace

ActionPtr make_handler(op::ChangeMessageVisibility, Sqs& sqs) { return std::make_unique<ChangeMessageVisibility>(sqs); }
ActionPtr make_handler(op::ChangeMessageVisibilityBatch, Sqs& sqs) {
  return std::make_unique<ChangeMessageVisibilityBatch>(sqs);
}

}  // namespace millrace::aws::sqs
