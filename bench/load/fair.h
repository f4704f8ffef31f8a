// Fair queues: quiet message groups send at a fixed rate, one noisy group may send many times as much, and consumers
// take what the queue gives them at a fixed pace, so that with the noisy group more comes in than they can take.
// Measured: the time from the reply to a message's send to its receive, for the quiet groups and for the noisy one.
#pragma once
#include "load/run.h"

namespace millrace::bench {

// options.groups quiet groups at options.rate; options.connections consumers that take up to options.batch messages,
// are busy for options.work_ms, delete them and ask again.
void run_fair(Run& run);

}  // namespace millrace::bench
