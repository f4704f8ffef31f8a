// What can go wrong in the simulated world, as data: a plan is a list of faults, each of which waits for the n-th
// operation of a kind. The engine is expected to survive every plan of this form, in any combination.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::env::sim {

enum class Operation : std::uint8_t {
  read,
  write,
  sync,
  allocate,
  truncate,
  create,
  rename,
  remove,
  sync_directory,
  any
};
std::string_view name_of(Operation operation);

enum class Effect : std::uint8_t {
  fail,  // ErrorCode::io. A failed write leaves a random part of its sectors; a failed sync forgets a random part
  short_write,  // like `fail`, but what was written is a prefix
  full,         // ErrorCode::disk_full, whatever the budget says
  crash,        // the machine stops inside the operation, which may or may not have reached the disk
};

std::string_view name_of(Effect effect);

struct Fault {
  Effect effect = Effect::fail;
  Operation on = Operation::any;
  std::uint64_t nth = 1;  // 1 is the next one that matches
  bool for_ever = false;  // the n-th and all that follow
  std::string path_part;  // only files whose path contains this
};

using FaultPlan = std::vector<Fault>;

// What a crash leaves of the writes that no sync had covered.
enum class CrashMode : std::uint8_t {
  drop,  // nothing
  keep,  // all of them: a kill of the process, not of the machine
  tear,  // a random part: each write whole, missing, or torn at sectors; each directory a prefix of its changes
};

// Thrown out of a file operation in which the machine stops, caught by World::step and nowhere else: it unwinds what
// ran at that moment, as nothing of it can go on. The only exception in the project, and only in simulations.
struct SimCrash {};

}  // namespace millrace::env::sim
