// Long polling: pollers wait with WaitTimeSeconds=20, one sender sends one message at a time, and what is measured is
// how long after the send's call ("from_send") and after the send's reply ("wake") a poller has the message.
#pragma once
#include "load/run.h"

namespace millrace::bench {

// options.connections pollers; with options.queues, poller n waits on the queue NAME-n and messages go to one of them.
void run_long_poll(Run& run);

}  // namespace millrace::bench
