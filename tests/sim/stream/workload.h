// What runs with streams do: a table of data.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"

namespace millrace::sim {

// How often each verb is chosen, relative to the others.
struct StreamVerbWeights {
  unsigned append = 45;
  unsigned read = 35;
  unsigned find = 4;
  unsigned status = 3;
  unsigned subscribe = 4;
  unsigned configure = 0;
  unsigned reshard = 0;
  unsigned destroy = 0;
};

struct StreamWorkload {
  std::string_view name;
  std::string_view about;
  unsigned partitions = 2;
  unsigned readers = 6;
  std::size_t body_bytes_max = 1500;  // of a batch
  std::uint32_t records_max = 5;      // in a batch
  Duration retention{24 * 3'600'000};
  Duration retention_min{24 * 3'600'000};  // what changes of it choose from, up to `retention`
  unsigned restart_percent = 0;
  bool long_pauses = false;
  StreamVerbWeights verbs;
};

std::span<const StreamWorkload> stream_workloads();

}  // namespace millrace::sim
