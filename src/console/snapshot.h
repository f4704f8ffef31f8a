// Snapshot: what the metrics page shows, gathered from all lanes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "metrics/table.h"

namespace millrace::console {

// One queue, shard, consumer or topic with everything that is known of it.
struct Thing {
  metrics::Kind kind{};
  std::string key;
  std::vector<std::pair<metrics::Metric, metrics::Total>> totals;  // in the order of the metrics
};

struct LaneFacts {
  bool serving = false;
  engine::Lane::Stats stats;
  std::vector<Thing> things;
  std::size_t omitted = 0;  // things beyond the limit
};

// On the lane's core. Takes no more than `things_max` things. Queues are looked at as they are now.
LaneFacts look_at(engine::Lane& lane, std::size_t things_max);

// Asks all lanes; `done` runs on `home`, one answer for each lane in their order.
void gather_facts(engine::Engine& engine, env::Core& home, std::size_t things_max,
                  Callback<void(std::vector<LaneFacts>)> done);

}  // namespace millrace::console
