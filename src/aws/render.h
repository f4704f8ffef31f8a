// The last but one step of the pipeline: output or failure as bytes, in the call's protocol.
#pragma once
#include <string_view>

#include "aws/call.h"

namespace millrace::aws {

// Fills call.response, unless a step has done so already.
void render_response(Call& call);

// A response without a service: an unknown path or method.
http::Response unknown_operation_response();

}  // namespace millrace::aws
