#include "aws/call.h"

#include "aws/pipeline.h"

namespace millrace::aws {

void SendHome::operator()(Call* call) const {
  // An answered call is at home already. One that was dropped may be anywhere: its waiter was cancelled, or its lane
  // was closed.
  if (!call->responder.pending()) {
    delete call;
    return;
  }
  call->home.post([owned = std::unique_ptr<Call>(call)] {});
}

std::string Call::base_url() const { return aws::base_url(request, pipeline.options().endpoint); }

void finish(CallPtr call) {
  const Pipeline& pipeline = call->pipeline;
  pipeline.resume(std::move(call));
}

void finish(CallPtr call, Failure failure) {
  call->failure = std::move(failure);
  finish(std::move(call));
}

}  // namespace millrace::aws
