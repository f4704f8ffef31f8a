// SimCore: a core of a World. Internal to env/sim.
#pragma once
#include <cstdint>
#include <deque>
#include <map>

#include "env/sim/world.h"

namespace millrace::env::sim {

class SimCore final : public Core {
 public:
  SimCore(World& world, std::size_t index) : world_(&world), index_(index), files_(&world.disk_.mount()) {}

  void post(Callback<void()> task) override;
  TimerId after(Duration delay, Callback<void()> task) override;
  void cancel(TimerId timer) override;
  Time now() override { return world_->now(); }
  std::uint64_t monotonic_ns() override { return world_->monotonic_ns(); }
  void random(std::span<std::byte> into) override { world_->core_random_.fill(into); }
  void offload(Callback<void()> work, Callback<void()> done) override;
  void write(File& file, std::uint64_t offset, Bytes bytes, bool sync, Callback<void(Result<void>)> done) override;
  Files& files() override { return *files_; }

  // The world stopped: what is asked from now on has no effect. Tasks and timers are given back, to be destroyed.
  void kill(std::vector<Callback<void()>>& rest);

 private:
  friend class World;
  World* world_;
  std::size_t index_;
  Files* files_;
  bool dead_ = false;
  std::deque<Callback<void()>> ready_;
  std::map<TimerId, Callback<void()>> timers_;
  std::uint64_t next_timer_ = 1;
};

}  // namespace millrace::env::sim
