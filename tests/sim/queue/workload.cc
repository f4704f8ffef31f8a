#include "sim/queue/workload.h"

#include <array>

namespace millrace::sim {
namespace {

const std::array all_workloads = {
    QueueWorkload{.name = "standard", .about = "send, receive, delete, change visibility", .wait_percent = 20},
    QueueWorkload{.name = "backlog",
                  .about = "many sends, few receives: records are settled and read from segments",
                  .queues = 3,
                  .body_bytes_max = 6000,
                  .batch_max = 10,
                  .verbs = {.send = 70, .receive = 25, .remove = 20, .renew = 2}},
    QueueWorkload{.name = "large",
                  .about = "bodies larger than a chunk of the journal",
                  .body_bytes_max = 30'000,
                  .batch_max = 3},
    QueueWorkload{.name = "delayed", .about = "messages with a delay", .delayed_percent = 60, .wait_percent = 20},
    QueueWorkload{.name = "fair", .about = "groups on standard queues", .groups = 6, .delayed_percent = 10},
    QueueWorkload{.name = "fifo",
                  .about = "order within groups, attempts repeated",
                  .fifo = true,
                  .groups = 4,
                  .attempt_percent = 25,
                  .wait_percent = 15},
    QueueWorkload{.name = "dedup",
                  .about = "deduplication ids repeated, within five minutes and after",
                  .fifo = true,
                  .groups = 3,
                  .repeated_percent = 40,
                  .long_pauses = true},
    QueueWorkload{.name = "dead",
                  .about = "dead letters of standard queues",
                  .visibility = Duration(2000),
                  .dead_after = 2,
                  .verbs = {.send = 30, .receive = 45, .remove = 12}},
    QueueWorkload{.name = "fifo-dead",
                  .about = "dead letters of FIFO queues",
                  .fifo = true,
                  .groups = 4,
                  .visibility = Duration(2000),
                  .dead_after = 2,
                  .verbs = {.send = 30, .receive = 45, .remove = 12}},
    QueueWorkload{.name = "redrive",
                  .about = "dead letters moved back by tasks",
                  .visibility = Duration(1500),
                  .dead_after = 1,
                  .verbs = {.send = 30, .receive = 45, .remove = 10, .move = 6}},
    QueueWorkload{.name = "purge",
                  .about = "purges among everything else",
                  .groups = 2,
                  .delayed_percent = 20,
                  .verbs = {.purge = 3}},
    QueueWorkload{.name = "restart",
                  .about = "clean restarts",
                  .fifo = true,
                  .groups = 5,
                  .repeated_percent = 10,
                  .restart_percent = 100},
};

}  // namespace

std::span<const QueueWorkload> queue_workloads() { return all_workloads; }

}  // namespace millrace::sim
