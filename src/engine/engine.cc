#include "engine/engine.h"

#include <optional>
#include <utility>

#include "base/hash.h"

namespace millrace::engine {

Engine::Engine(std::vector<env::Core*> cores, std::vector<std::shared_ptr<log::Store>> stores, LaneOptions options,
               PartitionFactory factory)
    : cores_(std::move(cores)) {
  for (std::uint32_t i = 0; i < stores.size(); ++i) {
    const LaneId id(i);
    lanes_.push_back(
        std::make_unique<Lane>(id, core_of(id), std::move(stores[i]), options, factory, static_cast<Courier&>(*this)));
  }
}

Engine::~Engine() = default;

LaneId Engine::lane_of(std::string_view key) const {
  return LaneId(static_cast<std::uint32_t>(stable_hash(key.substr(0, key.find('#'))) % lanes_.size()));
}

void Engine::run(LaneId lane, env::Core& from, Callback<void(Lane&)> task) {
  Lane& there = *lanes_[lane.get()];
  if (&there.core() == &from) return task(there);
  there.core().post([&there, task = std::move(task)]() mutable { task(there); });
}

namespace {

// Runs `done` on the first core when every lane has reported.
struct Countdown {
  std::size_t left;
  std::optional<Error> first_error;
  Callback<void(Result<void>)> done;

  void one(Result<void> result) {
    if (!result && !first_error) first_error = result.error();
    if (--left > 0) return;
    done(first_error ? Result<void>(std::unexpected(std::move(*first_error))) : Result<void>());
  }
};

}  // namespace

void Engine::start(Callback<void(Result<void>)> done) {
  auto countdown = std::make_shared<Countdown>(lanes_.size(), std::nullopt, std::move(done));
  for (auto& lane : lanes_) {
    lane->core().post([this, &lane = *lane, countdown] {
      auto result = lane.recover();
      cores_.front()->post([countdown, result = std::move(result)]() mutable { countdown->one(std::move(result)); });
    });
  }
}

void Engine::stop(Callback<void()> done) {
  auto countdown = std::make_shared<Countdown>(lanes_.size(), std::nullopt,
                                               [done = std::move(done)](Result<void>) mutable { done(); });
  for (auto& lane : lanes_) {
    lane->core().post([this, &lane = *lane, countdown] {
      lane.close([this, countdown] { cores_.front()->post([countdown] { countdown->one({}); }); });
    });
  }
}

void Engine::deliver(LaneId to, HandoffBatch batch) {
  Lane& there = *lanes_[to.get()];
  there.core().post([&there, batch = std::move(batch)]() mutable { there.receive(std::move(batch)); });
}

void Engine::acknowledge(LaneId source, LaneId destination, std::uint64_t through) {
  Lane& there = *lanes_[source.get()];
  there.core().post([&there, destination, through] { there.acknowledged(destination, through); });
}

}  // namespace millrace::engine
