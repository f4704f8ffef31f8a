// Routes: what a core knows of the streams that records are put into: their open shards with their ranges and lanes.
//
// A view comes from the catalog and may be out of date; the shard finds out (it is closed, gone, or its limits differ), and
// the handler asks for a fresh one. Views are immutable and shared; the caches are one for each core and used there only.
#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "aws/call.h"
#include "aws/kinesis/catalog.h"
#include "aws/kinesis/limits.h"
#include "engine/engine.h"

namespace millrace::aws::kinesis {

struct StreamView {
  struct Shard {
    HashRange range;
    std::uint32_t number = 0;
    std::string key;
    engine::LaneId lane{};
  };
  StreamName stream;
  Time created{};
  StreamStatus status{};
  bool settling = false;  // the settler is at work this moment: waiting a little will help
  bool encrypted = false;
  std::uint32_t record_bytes_max = 0;
  std::vector<Shard> open;  // in the order of their ranges, which cover all keys

  const Shard& shard_of(HashKey key) const;
};
using StreamViewPtr = std::shared_ptr<const StreamView>;

class Routes {
 public:
  Routes(engine::Engine& engine, const Limits& limits);

  // Gives the view of a stream, at home: a known one, or when `fresh` or unknown that of the catalog. With the failure
  // that the call shall have when there is none. `done` may run inside this call.
  void find(CallPtr call, const StreamReference& stream, bool fresh,
            Callback<void(CallPtr, Outcome<StreamViewPtr>)> done);

 private:
  struct Cache {
    std::unordered_map<std::string, StreamViewPtr> views;
    std::size_t shards = 0;
  };
  Cache& cache(env::Core& core);
  void keep(Cache& cache, StreamViewPtr view);
  Outcome<StreamViewPtr> read(engine::Lane& lane, StreamReference reference) const;

  engine::Engine& engine_;
  const Limits& limits_;
  std::unordered_map<const env::Core*, std::unique_ptr<Cache>> caches_;
};

}  // namespace millrace::aws::kinesis
