// What a simulated run does: a table of everything that the models' folders offer. A seed picks a line.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "sim/scenario.h"

namespace millrace::sim {

struct Workload {
  std::string_view name;
  std::string_view about;
  std::size_t body_bytes_max = 1500;  // of a message or a batch: the size of the files follows from it
  unsigned restart_percent = 0;       // chance of a clean restart at the end of an episode
  bool long_pauses = false;           // minutes, so that what has a time limit reaches it
  std::function<std::unique_ptr<Scenario>(const Setting&)> make;
};

std::span<const Workload> workloads();
// Null when there is no such line.
const Workload* find_workload(std::string_view name);

}  // namespace millrace::sim
