// LaneAction: an action that does its work in visits to lanes. It goes there, does what it does, waits until everything
// that it did or saw is durable, and ends at home.
#pragma once
#include <string_view>

#include "aws/call.h"
#include "aws/gather.h"
#include "base/callback.h"
#include "engine/engine.h"

namespace millrace::aws {

class LaneAction : public Action {
 protected:
  using Work = Callback<void(engine::Lane&, CallPtr)>;
  // From the core `from`: runs `work` on the lane that `key` belongs to. A lane that does not serve ends the call.
  void visit(engine::Engine& engine, env::Core& from, std::string_view key, CallPtr call, Work work);
  // On the lane: waits until everything is durable, goes home, completes unless the call has failed, and finishes.
  void end(engine::Lane& lane, CallPtr call);
  // The same for a call that has failed, or with what came out.
  void end(engine::Lane& lane, CallPtr call, Outcome<void> outcome);
  // On the lane: goes on there once everything is durable; ends the call when it can not be.
  void once_durable(engine::Lane& lane, CallPtr call, Callback<void(env::Core&, CallPtr)> then);
  // At home: fills the output.
  virtual void complete(Call& /*call*/) {}
};

}  // namespace millrace::aws
