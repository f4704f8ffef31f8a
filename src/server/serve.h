// millrace serve: the server, from its configuration to its end.
#pragma once
#include "base/result.h"
#include "server/config.h"

namespace millrace::server {

// Serves until SIGTERM or SIGINT, then drains. Fails when it cannot begin.
Result<void> serve(const Config& config);

}  // namespace millrace::server
