// Server: one life of a server on a simulated machine: the data directory and the engine. The verbs of the doors are
// beside it, for each model.
//
// Made after a start or a crash of the World, destroyed after it stopped.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data_directory.h"
#include "engine/engine.h"
#include "env/sim/world.h"
#include "sim/sabotage.h"

namespace millrace::sim {

struct ServerOptions {
  std::uint32_t lanes = 2;
  engine::LaneOptions lane;
  Sabotage sabotage = Sabotage::none;
};

// An error of a verb. `refused`: it was turned away, nothing was done; otherwise nobody knows.
struct Failure {
  bool refused = false;
  Error error;
};
template <class T>
using Reply = std::expected<T, Failure>;

inline Failure refusal(ErrorCode code, std::string message) {
  return {.refused = true, .error = {code, std::move(message)}};
}

class Server {
 public:
  static constexpr std::string_view data_directory = "srv/data";

  Server(env::sim::World& world, ServerOptions options) : world_(world), options_(std::move(options)) {}

  // Opens or makes the data directory and starts the engine.
  void start(Callback<void(Result<void>)> done);
  void stop(Callback<void()> done);

  env::sim::World& world() { return world_; }
  engine::Engine& engine() { return *engine_; }
  engine::Lane::Stats stats() const;

  // --- for verbs ---
  bool sabotaged(Sabotage what, unsigned percent = 100) {
    return options_.sabotage == what && world_.random().percent(percent);
  }
  // Runs `verb` on the core of the key's lane, if that serves.
  template <class T>
  void on_lane(const std::string& key, Callback<void(Reply<T>)> done,
               Callback<void(engine::Lane&, Callback<void(Reply<T>)>)> verb) {
    auto& lane = engine_->lane(engine_->lane_of(key));
    lane.core().post([&lane, done = std::move(done), verb = std::move(verb)]() mutable {
      if (!lane.serving()) return done(std::unexpected(refusal(ErrorCode::unavailable, "the lane is recovering")));
      verb(lane, std::move(done));
    });
  }
  // Answers with `value` once everything appended so far is durable.
  template <class T>
  void answer(engine::Lane& lane, T value, Callback<void(Reply<T>)> done) {
    if (sabotaged(Sabotage::reply_before_durable)) return done(std::move(value));
    lane.when_durable([value = std::move(value), done = std::move(done)](Result<void> durable) mutable {
      if (durable) {
        done(std::move(value));
      } else {
        done(std::unexpected(Failure{.error = std::move(durable.error())}));
      }
    });
  }

 private:
  env::sim::World& world_;
  const ServerOptions options_;
  std::vector<env::Core*> cores_;
  engine::DataDirectory directory_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace millrace::sim
