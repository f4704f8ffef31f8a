// What a simulated run does, and what goes wrong meanwhile: two tables of data. A seed picks a line of each.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "env/sim/fault.h"

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
};

struct Workload {
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
  bool long_pauses = false;       // minutes, so that deduplication ids grow old
  VerbWeights verbs;
};

struct FaultKind {
  std::string_view name;
  std::string_view about;
  env::sim::CrashMode crash_mode = env::sim::CrashMode::tear;
  bool crash_in_operation = false;                                         // the machine stops at some disk operation
  bool crash_after_reply = false;                                          // the machine stops right after some reply
  std::vector<std::pair<env::sim::Effect, env::sim::Operation>> failures;  // at some operation, now and then for ever
  bool full_disk = false;
  bool slow_disk = false;
};

std::span<const Workload> workloads();
std::span<const FaultKind> fault_kinds();
// Null when there is no such line.
const Workload* find_workload(std::string_view name);
const FaultKind* find_fault_kind(std::string_view name);

}  // namespace millrace::sim
