// Audit: whether the parts of a lane fit together, offline: the checkpoint loads, the journal applies to it, and every
// segment that is referred to exists and holds what it should. For `millrace check`, after log::verify found no damage.
#pragma once
#include <memory>

#include "engine/lane.h"
#include "env/core.h"
#include "log/store.h"

namespace millrace::engine {

// What does not fit, if anything. Changes nothing on disk; `core` need not run.
Result<void> audit(env::Core& core, std::shared_ptr<log::Store> store, PartitionFactory factory);

}  // namespace millrace::engine
