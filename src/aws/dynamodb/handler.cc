#include "aws/dynamodb/handler.h"

#include "aws/gather.h"

namespace millrace::aws::dynamodb {

void TablesAction::handle(CallPtr call) {
  key_ = world_key(call->caller.region, call->caller.account);
  if (auto prepared = prepare(*call); !prepared) return finish(std::move(call), std::move(prepared.error()));
  auto& engine = service().engine();
  env::Core& home = call->home;
  engine.run(engine.lane_of(key_), home,
             [this, call = std::move(call)](engine::Lane& lane) mutable { at_lane(lane, std::move(call)); });
}

void TablesAction::at_lane(engine::Lane& lane, CallPtr call) {
  env::Core& core = lane.core();
  if (auto serving = check_serving(lane); !serving) {
    call->failure = std::move(serving.error());
    return go_home(core, std::move(call), [](CallPtr back) { finish(std::move(back)); });
  }
  Tables tables(lane, key_);
  if (auto outcome = act(tables); !outcome) call->failure = std::move(outcome.error());
  service().expiry(lane.id()).visited(lane);
  lane.when_durable([this, &core, call = std::move(call)](Result<void> durable) mutable {
    if (!durable) call->failure = failure_of(durable.error());
    go_home(core, std::move(call), [this](CallPtr back) {
      if (!back->failure) complete(*back);
      finish(std::move(back));
    });
  });
}

}  // namespace millrace::aws::dynamodb
