#include "sim/server.h"

#include <utility>

#include "broker/partitions.h"
#include "engine/lane.h"

namespace millrace::sim {

void Server::start(Callback<void(Result<void>)> done) {
  for (std::size_t index = 0; index < world_.cores(); ++index) cores_.push_back(&world_.core(index));
  world_.core(0).post([this, done = std::move(done)]() mutable {
    auto opened = engine::open_data_directory(world_.core(0).files(), std::string(data_directory), options_.lanes,
                                              options_.lanes);
    if (!opened) return done(pass(opened));
    directory_ = std::move(*opened);
    engine_ = std::make_unique<engine::Engine>(cores_, directory_.lanes, options_.lane, broker::partition_factory());
    engine_->start(std::move(done));
  });
}

void Server::stop(Callback<void()> done) { engine_->stop(std::move(done)); }

engine::Lane::Stats Server::stats() const {
  engine::Lane::Stats total;
  if (!engine_) return total;
  for (std::uint32_t index = 0; index < engine_->lanes(); ++index) {
    const auto stats = engine_->lane(engine::LaneId(index)).stats();
    total.entries += stats.entries;
    total.recoveries += stats.recoveries;
    total.segments_written += stats.segments_written;
    total.checkpoints_written += stats.checkpoints_written;
    total.partitions += stats.partitions;
  }
  return total;
}

}  // namespace millrace::sim
