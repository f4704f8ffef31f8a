// What goes wrong in a run: a table of data. A seed picks a line.
#pragma once
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "env/sim/fault.h"

namespace millrace::sim {

struct FaultKind {
  std::string_view name;
  std::string_view about;
  env::sim::CrashMode crash_mode = env::sim::CrashMode::tear;
  bool crash_in_operation = false;                                         // the machine stops at some disk operation
  bool crash_after_reply = false;                                          // the machine stops right after some reply
  std::vector<std::pair<env::sim::Effect, env::sim::Operation>> failures;  // at some operation, now and then for ever
  bool full_disk = false;
  bool slow_disk = false;
  bool in_part = false;  // each of these in some episodes only
};

std::span<const FaultKind> fault_kinds();
// Null when there is no such line.
const FaultKind* find_fault_kind(std::string_view name);

}  // namespace millrace::sim
