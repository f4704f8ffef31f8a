#include "sim/topic/workload.h"

#include <array>

namespace millrace::sim {
namespace {

const std::array all_workloads = {
    TopicWorkload{.name = "topic", .about = "publications to queues on all lanes, and to some that are not there"},
    TopicWorkload{.name = "topic-wide",
                  .about = "many queues for each publication",
                  .topics = 1,
                  .queues = 60,
                  .body_bytes_max = 400,
                  .verbs = {.publish = 15, .receive = 60, .remove = 60}},
    TopicWorkload{.name = "topic-fifo",
                  .about = "FIFO topics and queues, with publications that come twice",
                  .fifo = true,
                  .queues = 4,
                  .groups = 3,
                  .repeated_percent = 20},
    TopicWorkload{.name = "topic-backlog",
                  .about = "much is published and received late, from segments",
                  .body_bytes_max = 6000,
                  .verbs = {.publish = 80, .receive = 15, .remove = 10}},
    TopicWorkload{.name = "topic-restart", .about = "clean restarts of everything", .restart_percent = 100},
};

}  // namespace

std::span<const TopicWorkload> topic_workloads() { return all_workloads; }

}  // namespace millrace::sim
