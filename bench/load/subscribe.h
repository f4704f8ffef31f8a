// Subscribing: SubscribeToShard on every shard, and the time from a put to its event.
#pragma once
#include "load/run.h"

namespace millrace::bench {

// One record is put at a time, `options.gap_ms` after the one before has arrived. Measures the put, the time from its
// sending to the event ("from_send"), and from its reply to the event ("wake", 0 when the event was first).
void run_subscribe(Run& run);

}  // namespace millrace::bench
