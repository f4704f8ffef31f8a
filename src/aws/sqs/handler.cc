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
  auto& engine = service().engine();
  engine.run(engine.lane_of(key_), from, [this, call = std::move(call)](engine::Lane& lane) mutable {
    if (auto serving = check_serving(lane); !serving) {
      call->failure = std::move(serving.error());
      return go_home(lane.core(), std::move(call), [](CallPtr back) { finish(std::move(back)); });
    }
    at_lane(lane, std::move(call));
  });
}

void QueueAction::at_lane(engine::Lane& lane, CallPtr call) {
  broker::Queue* const queue = broker::find_queue(lane, key_);
  Outcome<void> outcome = queue != nullptr ? act(lane, *queue) : refuse(not_found());
  if (!outcome) call->failure = std::move(outcome.error());
  end(lane, std::move(call));
}

void QueueAction::end(engine::Lane& lane, CallPtr call) {
  env::Core& core = lane.core();
  lane.when_durable([this, &core, call = std::move(call)](Result<void> durable) mutable {
    if (!durable) call->failure = failure_of(durable.error());
    go_home(core, std::move(call), [this](CallPtr back) {
      if (!back->failure) complete(*back);
      finish(std::move(back));
    });
  });
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
