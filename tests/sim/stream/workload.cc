#include "sim/stream/workload.h"

#include <array>

namespace millrace::sim {
namespace {

const std::array all_workloads = {
    StreamWorkload{.name = "stream", .about = "producers, readers from everywhere, subscribers"},
    StreamWorkload{.name = "stream-batch",
                   .about = "batches of up to 500 records, larger than a chunk of the journal",
                   .body_bytes_max = 30'000,
                   .records_max = 500},
    StreamWorkload{.name = "stream-catch-up",
                   .about = "much is written and read late, from segments",
                   .partitions = 3,
                   .readers = 9,
                   .body_bytes_max = 6000,
                   .records_max = 20,
                   .verbs = {.append = 70, .read = 15, .find = 8, .subscribe = 2}},
    StreamWorkload{
        .name = "stream-push", .about = "subscribers", .verbs = {.append = 60, .read = 5, .find = 2, .subscribe = 25}},
    StreamWorkload{.name = "stream-reshard",
                   .about = "partitions are closed and followed by others",
                   .partitions = 2,
                   .readers = 8,
                   .verbs = {.reshard = 4}},
    StreamWorkload{.name = "stream-retention",
                   .about = "records grow too old, and the retention changes",
                   .partitions = 3,
                   .body_bytes_max = 4000,
                   .records_max = 30,
                   .retention = Duration(60'000),
                   .retention_min = Duration(3000),
                   .long_pauses = true,
                   .verbs = {.find = 8, .configure = 4}},
    StreamWorkload{.name = "stream-remove",
                   .about = "partitions are removed and made again",
                   .partitions = 4,
                   .readers = 8,
                   .body_bytes_max = 3000,
                   .retention = Duration(30'000),
                   .verbs = {.destroy = 5}},
    StreamWorkload{.name = "stream-restart",
                   .about = "clean restarts of everything",
                   .records_max = 100,
                   .restart_percent = 100,
                   .verbs = {.reshard = 2, .destroy = 1}},
};

}  // namespace

std::span<const StreamWorkload> stream_workloads() { return all_workloads; }

}  // namespace millrace::sim
