// A poller that waits for a message. Live only: pollers do not survive a restart.
#pragma once
#include "broker/queue/queue.h"

namespace millrace::broker {

struct Queue::Waiter {
  WaiterId id{};
  AcquireRequest request;
  Done done;
  env::TimerId timer{};    // when it has waited long enough; none: it only waits for a record to be read
  bool last_look = false;  // answered with whatever the next look finds
};

}  // namespace millrace::broker
