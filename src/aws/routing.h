// The first two steps of the pipeline: what a request asks for, and which service it is for.
#pragma once
#include <memory>
#include <span>

#include "aws/pipeline.h"

namespace millrace::aws {

// Finds out the protocol and the name of the operation. Answers what is no API call: /health, wrong methods.
Verdict read_request(Call& call);

// Chooses the service by target, credential scope, Action and Version, host, path, in this order of trust, and makes
// the action.
Verdict route_call(std::span<const std::unique_ptr<Service>> services, Call& call);

}  // namespace millrace::aws
