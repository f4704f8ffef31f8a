#include "aws/sqs/handler.h"

namespace millrace::aws::sqs {

void QueueAction::handle(CallPtr call) {
  auto queue = resolve_queue(queue_url(), call->caller);
  if (!queue) return finish(std::move(call), std::move(queue.error()));
  queue_ = std::move(*queue);
  key_ = queue_.key();
  if (auto prepared = prepare(*call); !prepared) return finish(std::move(call), std::move(prepared.error()));
  start(std::move(call));
}

void QueueAction::visit(CallPtr call) {
  env::Core& home = call->home;
  visit(home, std::move(call));
}

void QueueAction::visit(env::Core& from, CallPtr call) {
  LaneAction::visit(service().engine(), from, key_, std::move(call),
                    [this](engine::Lane& lane, CallPtr there) { at_lane(lane, std::move(there)); });
}

void QueueAction::at_lane(engine::Lane& lane, CallPtr call) {
  broker::Queue* const queue = broker::find_queue(lane, key_);
  end(lane, std::move(call), queue != nullptr ? act(lane, *queue) : refuse(not_found()));
}

Outcome<void> check_rate(Sqs& sqs, engine::Lane& lane, const broker::Queue& queue, Rated operation,
                         std::string_view group) {
  const auto& config = queue.config();
  if (!config.fifo || sqs.limits().fifo_calls_per_second == 0) return {};
  if (config.throughput_scope == broker::ThroughputScope::group) {
    // Groups spread over as many partitions as they need; a receive or delete is not bound to one.
    if (group.empty()) return {};
  } else {
    group = {};
  }
  if (sqs.throttle(lane.id()).admit(operation, queue.key(), group, lane.now())) return {};
  return refuse(throttled());
}

}  // namespace millrace::aws::sqs
