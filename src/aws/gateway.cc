#include "aws/gateway.h"

namespace millrace::aws {

void Gateway::operator()(env::Core& core, http::Request& request, http::Responder responder) const {
  if (request.method == "GET") {
    for (const auto& service : services_) {
      if (auto document = service->document(request.path)) {
        return responder.answer(http::Response::text(200, std::move(*document)));
      }
    }
  }
  pipeline_.start(CallPtr(new Call(pipeline_, core, request, std::move(responder))));
}

}  // namespace millrace::aws
