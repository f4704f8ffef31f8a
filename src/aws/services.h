// All services of the gateway, for the server and for tests that span services.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "aws/service.h"
#include "base/time.h"
#include "delivery/outside.h"
#include "engine/engine.h"

namespace millrace::aws {

struct ServiceOptions {
  bool relaxed = false;                            // limits
  std::string base_url = "http://localhost:4566";  // what links in messages begin with
  const delivery::Outside* outside = nullptr;      // null: no other server is called
  // How long streams of Kinesis stay CREATING, UPDATING and DELETING at least.
  Duration kinesis_delay{};
};

// `engine` outlives the services.
std::vector<std::unique_ptr<Service>> make_services(engine::Engine& engine, const ServiceOptions& options);

}  // namespace millrace::aws
