// What runs with topics do: a table of data.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace millrace::sim {

struct TopicVerbWeights {
  unsigned publish = 40;
  unsigned receive = 40;
  unsigned remove = 30;
};

struct TopicWorkload {
  std::string_view name;
  std::string_view about;
  bool fifo = false;
  unsigned topics = 2;
  unsigned queues = 5;   // of each topic
  unsigned missing = 1;  // subscriptions whose queue does not exist, but their dead-letter queue does
  unsigned groups = 0;
  unsigned repeated_percent = 0;  // publications with the deduplication id of an earlier one
  std::size_t body_bytes_max = 1500;
  unsigned restart_percent = 0;
  TopicVerbWeights verbs;
};

std::span<const TopicWorkload> topic_workloads();

}  // namespace millrace::sim
