// Engine: all lanes of a server, and the mail between them.
//
// The number of lanes is fixed when the data directory is made (data_directory.h); lane i lives on core i modulo the
// number of cores. Members may be called on any core, except start() and stop(), which belong to the first.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "engine/lane.h"

namespace millrace::engine {

class Engine final : private Courier {
 public:
  // `cores` and `stores` outlive the engine; one store for each lane.
  Engine(std::vector<env::Core*> cores, std::vector<std::shared_ptr<log::Store>> stores, LaneOptions options,
         PartitionFactory factory);
  ~Engine();

  // Recovers every lane on its own core, then runs `done` on the first core: with the first failure if there was one.
  void start(Callback<void(Result<void>)> done);
  // Closes every lane, then runs `done` on the first core.
  void stop(Callback<void()> done);

  std::size_t lanes() const { return lanes_.size(); }
  const std::vector<env::Core*>& cores() const { return cores_; }
  LaneId lane_of(std::string_view key) const override;
  env::Core& core_of(LaneId lane) const { return *cores_[lane.get() % cores_.size()]; }
  // Runs `task` with the lane on the lane's core: at once when that is `from`, the core of the caller; posted otherwise.
  void run(LaneId lane, env::Core& from, Callback<void(Lane&)> task);
  // The lane itself; to be used on its core only.
  Lane& lane(LaneId id) { return *lanes_[id.get()]; }

 private:
  void deliver(LaneId to, HandoffBatch batch) override;
  void acknowledge(LaneId source, LaneId destination, std::uint64_t through) override;

  std::vector<env::Core*> cores_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace millrace::engine
