// Settler: makes the shards' partitions match what the catalog says.
//
// A control operation writes its intention into the catalog; the settler carries it out, on the lanes where the shards are,
// and then writes into the catalog that it is done. Every step may be repeated: after a crash at any point start() finds
// the intention and goes on. The order of a reshard: children are made, parents closed, both durable; then ONE write
// of the catalog records the parents' ends and routes to the children.
//
// It works on the core of the catalog's lane; members are called there.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aws/kinesis/catalog.h"
#include "aws/kinesis/limits.h"
#include "aws/kinesis/usage.h"
#include "broker/stream/stream_partition.h"
#include "engine/engine.h"

namespace millrace::aws::kinesis {

// One thing to be done with one shard's partition.
struct ShardTask {
  enum class What : std::uint8_t { ensure, close, remove };
  What what = What::ensure;
  std::uint32_t number = 0;
  std::string key;
  broker::StreamConfig config;  // ensure: made if it is not there, and configured so
  std::uint64_t end = 0;        // of what was closed
};

class Settler {
 public:
  // `usages`: what on-demand streams take, by lane.
  Settler(engine::Engine& engine, const Limits& limits, std::vector<Usage>& usages)
      : engine_(engine), limits_(limits), usages_(usages), running_(engine.lanes()) {}

  // Resumes everything that is unfinished and begins the housekeeping. On the lane's core.
  void start(engine::Lane& lane);
  // Brings the stream to rest, at once or when its time has come.
  void wake(engine::Lane& lane, const StreamName& stream);

 private:
  using Tasks = std::vector<ShardTask>;
  struct Plan;

  void step(engine::Lane& lane, const StreamName& stream);
  void step_later(engine::LaneId lane, const StreamName& stream, Duration delay);
  void finished(engine::Lane& lane, const StreamName& stream);
  void carry_out(engine::Lane& lane, const StreamName& stream, std::shared_ptr<Plan> plan);
  void commit(engine::Lane& lane, const StreamName& stream, const Plan& plan);
  static bool record(Catalog& catalog, const StreamName& stream, const Plan& plan);
  // Runs the tasks on the shards' lanes; `done` runs on the catalog's core when all are durable, with their results.
  void run(engine::Lane& lane, Tasks tasks, Callback<void(Result<Tasks>)> done);

  void keep_house(engine::LaneId id);
  void keep_stream(engine::Lane& lane, const StreamName& stream);
  void drop_expired(engine::Lane& lane, const StreamName& stream, const StreamEntry& entry);
  void watch_use(engine::Lane& lane, const StreamName& stream);
  void grow(engine::Lane& lane, const StreamName& stream, Use use);

  struct Running {
    bool again = false;
  };

  engine::Engine& engine_;
  const Limits& limits_;
  std::vector<Usage>& usages_;
  std::vector<std::map<std::string, Running, std::less<>>> running_;  // by the catalog's lane, then the stream's ARN
};

broker::StreamConfig shard_config(const StreamEntry& stream, const ShardEntry& shard);

}  // namespace millrace::aws::kinesis
