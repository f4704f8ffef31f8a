#include "sim/workload.h"

#include <algorithm>
#include <array>

namespace millrace::sim {
namespace {

using env::sim::CrashMode;
using env::sim::Effect;
using env::sim::Operation;

const std::array all_workloads = {
    Workload{.name = "standard", .about = "send, receive, delete, change visibility", .wait_percent = 20},
    Workload{.name = "backlog",
             .about = "many sends, few receives: records are settled and read from segments",
             .queues = 3,
             .body_bytes_max = 6000,
             .batch_max = 10,
             .verbs = {.send = 70, .receive = 25, .remove = 20, .renew = 2}},
    Workload{.name = "large",
             .about = "bodies larger than a chunk of the journal",
             .body_bytes_max = 30'000,
             .batch_max = 3},
    Workload{.name = "delayed", .about = "messages with a delay", .delayed_percent = 60, .wait_percent = 20},
    Workload{.name = "fair", .about = "groups on standard queues", .groups = 6, .delayed_percent = 10},
    Workload{.name = "fifo",
             .about = "order within groups, attempts repeated",
             .fifo = true,
             .groups = 4,
             .attempt_percent = 25,
             .wait_percent = 15},
    Workload{.name = "dedup",
             .about = "deduplication ids repeated, within five minutes and after",
             .fifo = true,
             .groups = 3,
             .repeated_percent = 40,
             .long_pauses = true},
    Workload{.name = "dead",
             .about = "dead letters of standard queues",
             .visibility = Duration(2000),
             .dead_after = 2,
             .verbs = {.send = 30, .receive = 45, .remove = 12}},
    Workload{.name = "fifo-dead",
             .about = "dead letters of FIFO queues",
             .fifo = true,
             .groups = 4,
             .visibility = Duration(2000),
             .dead_after = 2,
             .verbs = {.send = 30, .receive = 45, .remove = 12}},
    Workload{.name = "redrive",
             .about = "dead letters moved back by tasks",
             .visibility = Duration(1500),
             .dead_after = 1,
             .verbs = {.send = 30, .receive = 45, .remove = 10, .move = 6}},
    Workload{.name = "purge",
             .about = "purges among everything else",
             .groups = 2,
             .delayed_percent = 20,
             .verbs = {.purge = 3}},
    Workload{.name = "restart",
             .about = "clean restarts",
             .fifo = true,
             .groups = 5,
             .repeated_percent = 10,
             .restart_percent = 100},
};

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
              .slow_disk = true},
};

}  // namespace

std::span<const Workload> workloads() { return all_workloads; }
std::span<const FaultKind> fault_kinds() { return all_fault_kinds; }

const Workload* find_workload(std::string_view name) {
  const auto at = std::ranges::find(all_workloads, name, &Workload::name);
  return at == all_workloads.end() ? nullptr : &*at;
}

const FaultKind* find_fault_kind(std::string_view name) {
  const auto at = std::ranges::find(all_fault_kinds, name, &FaultKind::name);
  return at == all_fault_kinds.end() ? nullptr : &*at;
}

}  // namespace millrace::sim
