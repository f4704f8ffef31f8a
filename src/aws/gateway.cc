#include "aws/gateway.h"

namespace millrace::aws {

void Gateway::operator()(env::Core& core, http::Request& request, http::Responder responder) const {
  pipeline_.start(CallPtr(new Call(pipeline_, core, request, std::move(responder))));
}

}  // namespace millrace::aws
