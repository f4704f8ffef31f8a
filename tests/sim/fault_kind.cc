#include "sim/fault_kind.h"

#include <algorithm>
#include <array>

namespace millrace::sim {
namespace {

using env::sim::CrashMode;
using env::sim::Effect;
using env::sim::Operation;

const std::array all_fault_kinds = {
    FaultKind{.name = "none", .about = "nothing goes wrong"},
    FaultKind{
        .name = "kill", .about = "the process is killed", .crash_mode = CrashMode::keep, .crash_in_operation = true},
    FaultKind{.name = "power",
              .about = "the power goes; unsynced data are lost",
              .crash_mode = CrashMode::drop,
              .crash_in_operation = true},
    FaultKind{.name = "torn", .about = "the power goes; unsynced data are lost in part", .crash_in_operation = true},
    FaultKind{.name = "reply",
              .about = "the power goes right after a reply",
              .crash_mode = CrashMode::drop,
              .crash_after_reply = true},
    FaultKind{.name = "write",
              .about = "a write fails",
              .failures = {{Effect::fail, Operation::write}, {Effect::short_write, Operation::write}}},
    FaultKind{.name = "sync",
              .about = "a sync fails, and what it covered is unknown",
              .failures = {{Effect::fail, Operation::sync}, {Effect::fail, Operation::sync_directory}}},
    FaultKind{.name = "full", .about = "the disk fills up", .full_disk = true},
    FaultKind{.name = "slow", .about = "some disk operations take very long", .slow_disk = true},
    FaultKind{.name = "slow-reply",
              .about = "much is under way when the power goes right after a reply",
              .crash_mode = CrashMode::drop,
              .crash_after_reply = true,
              .slow_disk = true},
    FaultKind{.name = "storm",
              .about = "everything",
              .crash_in_operation = true,
              .crash_after_reply = true,
              .failures = {{Effect::fail, Operation::write},
                           {Effect::fail, Operation::sync},
                           {Effect::fail, Operation::create},
                           {Effect::fail, Operation::rename},
                           {Effect::fail, Operation::read},
                           {Effect::full, Operation::allocate}},
              .full_disk = true,
              .slow_disk = true,
              .in_part = true},
};

}  // namespace

std::span<const FaultKind> fault_kinds() { return all_fault_kinds; }

const FaultKind* find_fault_kind(std::string_view name) {
  const auto at = std::ranges::find(all_fault_kinds, name, &FaultKind::name);
  return at == all_fault_kinds.end() ? nullptr : &*at;
}

}  // namespace millrace::sim
