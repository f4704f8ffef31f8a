// What runs with queues do: a table of data.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"

namespace millrace::sim {

// How often each verb is chosen, relative to the others.
struct VerbWeights {
  unsigned send = 40;
  unsigned receive = 30;
  unsigned remove = 25;
  unsigned renew = 6;
  unsigned purge = 0;
  unsigned move = 0;
  unsigned count = 3;
  unsigned destroy = 0;
};

struct QueueWorkload {
  std::string_view name;
  std::string_view about;
  unsigned queues = 2;
  bool fifo = false;
  unsigned groups = 0;  // 0: messages without a group
  unsigned body_bytes_max = 1500;
  unsigned batch_max = 4;  // messages of one send
  Duration visibility{8000};
  unsigned delayed_percent = 0;
  Duration delay_max{20'000};
  unsigned repeated_percent = 0;  // FIFO: sends that repeat an earlier deduplication id
  unsigned attempt_percent = 0;   // FIFO: receives with an attempt id, some of them repeated
  unsigned wait_percent = 0;      // receives that wait
  unsigned stale_percent = 5;     // deletes and renewals with an old receipt
  std::uint32_t dead_after = 0;   // not 0: each queue has a dead-letter queue
  unsigned restart_percent = 0;   // chance of a clean restart at the end of an episode
  Duration retention{};           // zero: longer than any run
  bool long_pauses = false;       // minutes, so that deduplication ids grow old
  VerbWeights verbs;
};

std::span<const QueueWorkload> queue_workloads();

}  // namespace millrace::sim
