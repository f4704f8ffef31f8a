// Worker: the drains of all lanes.
//
// Made once. watch() and what is asked about a lane belong to the lane's core. Nothing may post to the cores any more
// when it is destroyed; it outlives no engine.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "aws/sns/deliver/drain.h"
#include "aws/sns/deliver/outlets.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

class Worker {
 public:
  // How often it is seen whether a lane has recovered, which may bring queues back that were gone.
  static constexpr Duration look_over_interval{5'000};

  // Both outlive it.
  Worker(engine::Engine& engine, Outlets& outlets);

  // On the first core, when every lane serves: what was not delivered before the restart goes on.
  void start();
  // From now on the queue with this key is drained. Nothing happens when it is already, or is no queue that topics drain.
  void watch(engine::Lane& lane, const std::string& key);

  std::size_t drains(engine::LaneId lane) const { return lanes_[lane.get()].drains.size(); }
  // Null when the queue is not drained.
  const Drain* drain(engine::LaneId lane, const std::string& key) const;

 private:
  struct OfLane {
    std::unordered_map<std::string, std::shared_ptr<Drain>> drains;
    std::uint64_t recoveries = 0;
  };
  void look_over(engine::Lane& lane);
  void watch_all(engine::Lane& lane);
  void ended(engine::Lane& lane, const std::string& key);

  engine::Engine& engine_;
  Outlets& outlets_;
  std::vector<OfLane> lanes_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace millrace::aws::sns::deliver
