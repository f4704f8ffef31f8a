// Gateway: the http::Handler for all AWS services.
//
// Made once, before the server, and kept until after it; operator() is called on every core at the same time and keeps
// no state of its own. What happens to a request is the list in pipeline.cc.
#pragma once
#include <memory>
#include <vector>

#include "aws/pipeline.h"
#include "aws/service.h"
#include "env/core.h"
#include "http/message.h"
#include "http/responder.h"

namespace millrace::aws {

class Gateway {
 public:
  Gateway(PipelineOptions options, std::vector<std::unique_ptr<Service>> services)
      : services_(std::move(services)), pipeline_(std::move(options), services_) {}
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // On the first core, when every lane serves.
  void start() {
    for (const auto& service : services_) service->start();
  }
  // Before calls to other servers fail.
  void stop() {
    for (const auto& service : services_) service->stop();
  }
  void operator()(env::Core& core, http::Request& request, http::Responder responder) const;

 private:
  std::vector<std::unique_ptr<Service>> services_;
  Pipeline pipeline_;
};

}  // namespace millrace::aws
