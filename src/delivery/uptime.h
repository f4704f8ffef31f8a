// A clock for how long something has lasted: unlike Core::now(), it never jumps when the system's clock is set.
#pragma once
#include "base/time.h"
#include "env/core.h"

namespace millrace::delivery {

inline Duration uptime(env::Core& core) { return Duration(core.monotonic_ns() / 1'000'000); }

}  // namespace millrace::delivery
