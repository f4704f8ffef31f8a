#include "sim/workload.h"

#include <algorithm>
#include <vector>

#include "sim/both.h"
#include "sim/kinesis/client.h"
#include "sim/queue/client.h"
#include "sim/stream/client.h"
#include "sim/topic/client.h"

namespace millrace::sim {
namespace {

// A line of a model's table, and the clients that do what it says.
template <class Clients, class Line>
Workload workload_of(const Line& line, std::size_t body_bytes_max, bool long_pauses = false) {
  return {.name = line.name,
          .about = line.about,
          .body_bytes_max = body_bytes_max,
          .restart_percent = line.restart_percent,
          .long_pauses = long_pauses,
          .make = [&line](const Setting& setting) { return std::make_unique<Clients>(setting, line); }};
}

Workload of_both(std::string_view name, std::string_view about, const QueueWorkload& queues,
                 const StreamWorkload& streams) {
  return {.name = name,
          .about = about,
          .body_bytes_max = std::max(queues.body_bytes_max + std::size_t{0}, streams.body_bytes_max),
          .restart_percent = std::max(queues.restart_percent, streams.restart_percent),
          .long_pauses = queues.long_pauses || streams.long_pauses,
          .make = [&queues, &streams](const Setting& setting) -> std::unique_ptr<Scenario> {
            return std::make_unique<Both>(setting, std::make_unique<QueueClients>(setting, queues),
                                          std::make_unique<StreamClients>(setting, streams));
          }};
}

std::vector<Workload> make_workloads() {
  std::vector<Workload> all;
  for (const auto& line : queue_workloads()) {
    all.push_back(workload_of<QueueClients>(line, line.body_bytes_max, line.long_pauses));
  }
  for (const auto& line : stream_workloads()) {
    all.push_back(workload_of<StreamClients>(line, line.body_bytes_max, line.long_pauses));
  }
  for (const auto& line : topic_workloads()) all.push_back(workload_of<TopicClients>(line, line.body_bytes_max));
  const auto queues = [](std::string_view name) -> const QueueWorkload& {
    return *std::ranges::find(queue_workloads(), name, &QueueWorkload::name);
  };
  const auto streams = [](std::string_view name) -> const StreamWorkload& {
    return *std::ranges::find(stream_workloads(), name, &StreamWorkload::name);
  };
  all.push_back(of_both("both", "queues and streams on the same lanes", queues("backlog"), streams("stream")));
  all.push_back(of_both("both-sparse", "segments of which queues and streams let go in parts", queues("standard"),
                        streams("stream-retention")));
  for (const auto& line : kinesis_workloads()) {
    all.push_back(workload_of<KinesisClients>(line, line.data_bytes_max * line.records_max));
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
