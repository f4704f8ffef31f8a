#include "aws/lane_action.h"

namespace millrace::aws {

void LaneAction::visit(engine::Engine& engine, env::Core& from, std::string_view key, CallPtr call, Work work) {
  engine.run(engine.lane_of(key), from, [call = std::move(call), work = std::move(work)](engine::Lane& lane) mutable {
    if (auto serving = check_serving(lane); !serving) {
      call->failure = std::move(serving.error());
      return go_home(lane.core(), std::move(call), [](CallPtr back) { finish(std::move(back)); });
    }
    work(lane, std::move(call));
  });
}

void LaneAction::end(engine::Lane& lane, CallPtr call) {
  env::Core& core = lane.core();
  lane.when_durable([this, &core, call = std::move(call)](Result<void> durable) mutable {
    if (!durable) call->failure = failure_of(durable.error());
    go_home(core, std::move(call), [this](CallPtr back) {
      if (!back->failure) complete(*back);
      finish(std::move(back));
    });
  });
}

void LaneAction::once_durable(engine::Lane& lane, CallPtr call, Callback<void(env::Core&, CallPtr)> then) {
  lane.when_durable(
      [&core = lane.core(), call = std::move(call), then = std::move(then)](Result<void> durable) mutable {
        if (durable) return then(core, std::move(call));
        call->failure = failure_of(durable.error());
        go_home(core, std::move(call), [](CallPtr back) { finish(std::move(back)); });
      });
}

void LaneAction::end(engine::Lane& lane, CallPtr call, Outcome<void> outcome) {
  if (!outcome) call->failure = std::move(outcome.error());
  end(lane, std::move(call));
}

}  // namespace millrace::aws
