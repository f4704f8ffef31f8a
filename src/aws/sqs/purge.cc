// PurgeQueue.
#include <fmt/format.h>

#include "aws/sqs/handlers.h"

namespace millrace::aws::sqs {
namespace {

class PurgeQueue final : public QueueHandler<op::PurgeQueue> {
 public:
  using QueueHandler::QueueHandler;

 private:
  Outcome<void> act(engine::Lane&, broker::Queue& queue) override {
    auto purged = queue.purge(sqs_.limits().purge_interval);
    if (purged) return {};
    if (purged.error().code != ErrorCode::conflict) return refuse(failure_of(purged.error()));
    return refuse(
        Failure{&errors::purge_queue_in_progress,
                fmt::format("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue_.name)});
  }
};

}  // namespace

ActionPtr make_handler(op::PurgeQueue, Sqs& sqs) { return std::make_unique<PurgeQueue>(sqs); }

}  // namespace millrace::aws::sqs
