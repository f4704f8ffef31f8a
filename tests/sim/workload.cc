#include "sim/workload.h"

#include <algorithm>
#include <vector>

#include "sim/queue/client.h"

namespace millrace::sim {
namespace {

std::vector<Workload> make_workloads() {
  std::vector<Workload> all;
  for (const auto& queues : queue_workloads()) {
    all.push_back({.name = queues.name,
                   .about = queues.about,
                   .body_bytes_max = queues.body_bytes_max,
                   .restart_percent = queues.restart_percent,
                   .long_pauses = queues.long_pauses,
                   .make = [&queues](const Setting& setting) -> std::unique_ptr<Scenario> {
                     return std::make_unique<QueueClients>(setting, queues);
                   }});
  }
  return all;
}

}  // namespace

std::span<const Workload> workloads() {
  static const std::vector<Workload> all = make_workloads();
  return all;
}

const Workload* find_workload(std::string_view name) {
  const auto at = std::ranges::find(workloads(), name, &Workload::name);
  return at == workloads().end() ? nullptr : &*at;
}

}  // namespace millrace::sim
