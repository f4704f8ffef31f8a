#include "aws/sns/deliver/worker.h"

#include <array>
#include <utility>

#include "aws/sns/deliver/direct.h"
#include "broker/queue/queues.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::array<std::string_view, 2> prefixes{"sns/", direct_prefix};

}  // namespace

Worker::Worker(engine::Engine& engine, Outlets& outlets) : engine_(engine), outlets_(outlets), lanes_(engine.lanes()) {}

void Worker::start() {
  for (std::uint32_t i = 0; i < engine_.lanes(); ++i) {
    const engine::LaneId id(i);
    engine_.core_of(id).post([this, id, alive = std::weak_ptr(alive_)] {
      if (alive.expired()) return;
      engine::Lane& lane = engine_.lane(id);
      lanes_[id.get()].recoveries = lane.stats().recoveries;
      watch_all(lane);
      look_over(lane);
    });
  }
}

void Worker::look_over(engine::Lane& lane) {
  lane.core().after(look_over_interval, [this, &lane, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    auto& known = lanes_[lane.id().get()].recoveries;
    const auto recoveries = lane.stats().recoveries;
    if (lane.serving() && std::exchange(known, recoveries) != recoveries) watch_all(lane);
    look_over(lane);
  });
}

void Worker::watch_all(engine::Lane& lane) {
  if (!lane.serving()) return;
  const auto& directory = lane.directory();
  for (const auto prefix : prefixes) {
    for (auto entry = directory.lower_bound(prefix); entry != directory.end(); ++entry) {
      if (!entry->first.starts_with(prefix)) break;
      if (entry->first.contains('#')) watch(lane, entry->first);
    }
  }
}

void Worker::watch(engine::Lane& lane, const std::string& key) {
  const bool drained = parse_own_key(key) || direct_protocol(key);
  if (!drained || broker::find_queue(lane, key) == nullptr) return;
  auto& drain = lanes_[lane.id().get()].drains[key];
  if (drain) return;
  drain = std::make_shared<Drain>(outlets_, lane, key, [this, &lane, key, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) ended(lane, key);
  });
  drain->look();
}

// Its queue may have been made anew since.
void Worker::ended(engine::Lane& lane, const std::string& key) {
  lanes_[lane.id().get()].drains.erase(key);
  if (lane.serving()) watch(lane, key);
}

const Drain* Worker::drain(engine::LaneId lane, const std::string& key) const {
  const auto found = lanes_[lane.get()].drains.find(key);
  return found != lanes_[lane.get()].drains.end() ? found->second.get() : nullptr;
}

}  // namespace millrace::aws::sns::deliver
