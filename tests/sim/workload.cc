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

Workload of_queues(const QueueWorkload& queues) {
  return {.name = queues.name,
          .about = queues.about,
          .body_bytes_max = queues.body_bytes_max,
          .restart_percent = queues.restart_percent,
          .long_pauses = queues.long_pauses,
          .make = [&queues](const Setting& setting) -> std::unique_ptr<Scenario> {
            return std::make_unique<QueueClients>(setting, queues);
          }};
}

Workload of_streams(const StreamWorkload& streams) {
  return {.name = streams.name,
          .about = streams.about,
          .body_bytes_max = streams.body_bytes_max,
          .restart_percent = streams.restart_percent,
          .long_pauses = streams.long_pauses,
          .make = [&streams](const Setting& setting) -> std::unique_ptr<Scenario> {
            return std::make_unique<StreamClients>(setting, streams);
          }};
}

Workload of_kinesis(const KinesisWorkload& kinesis) {
  return {.name = kinesis.name,
          .about = kinesis.about,
          .body_bytes_max = kinesis.data_bytes_max * kinesis.records_max,
          .restart_percent = kinesis.restart_percent,
          .make = [&kinesis](const Setting& setting) -> std::unique_ptr<Scenario> {
            return std::make_unique<KinesisClients>(setting, kinesis);
          }};
}

Workload of_topics(const TopicWorkload& topics) {
  return {.name = topics.name,
          .about = topics.about,
          .body_bytes_max = topics.body_bytes_max,
          .restart_percent = topics.restart_percent,
          .make = [&topics](const Setting& setting) -> std::unique_ptr<Scenario> {
            return std::make_unique<TopicClients>(setting, topics);
          }};
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
  for (const auto& queues : queue_workloads()) all.push_back(of_queues(queues));
  for (const auto& streams : stream_workloads()) all.push_back(of_streams(streams));
  for (const auto& topics : topic_workloads()) all.push_back(of_topics(topics));
  const auto queues = [](std::string_view name) -> const QueueWorkload& {
    return *std::ranges::find(queue_workloads(), name, &QueueWorkload::name);
  };
  const auto streams = [](std::string_view name) -> const StreamWorkload& {
    return *std::ranges::find(stream_workloads(), name, &StreamWorkload::name);
  };
  all.push_back(of_both("both", "queues and streams on the same lanes", queues("backlog"), streams("stream")));
  all.push_back(of_both("both-sparse", "segments of which queues and streams let go in parts", queues("standard"),
                        streams("stream-retention")));
  for (const auto& kinesis : kinesis_workloads()) all.push_back(of_kinesis(kinesis));
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
