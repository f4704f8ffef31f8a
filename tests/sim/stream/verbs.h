// StreamVerbs: what a door does with the partitions of streams, on a simulated server: on the lane's core, writes answered
// once durable, reads at once.
//
// Every verb but subscribe() answers exactly once, unless the machine stops first.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/stream/stream_partition.h"
#include "sim/server.h"

namespace millrace::sim {

struct GivenBatch {
  broker::Offset first{};
  std::uint32_t records = 0;
  Time time{};
  std::string body;
};

struct Given {
  std::vector<GivenBatch> batches;
  broker::Offset next{};
  bool at_tip = false;
  bool at_end = false;
};

struct PartitionStatus {
  broker::Offset first{};
  broker::Offset end{};
  bool closed = false;
  std::size_t extents = 0;
  std::size_t tail_bytes = 0;
  bool counts_fit = true;  // no extent wants more records than it has
};

// Pushes what becomes durable from a position on, until the partition ends, fails or goes away, or its owner stops it.
struct Subscription {
  std::string key;
  broker::Offset position{};
  bool stopped = false;  // by the client, or by the last push: one that is an error or at the end
  std::function<void(Reply<Given>)> push;
  // The server's: which partition had the key, and how often its lane had recovered, when it began to wait.
  engine::PartitionId partition{};
  std::uint64_t recoveries = 0;
};

// Partitions are named by their keys.
class StreamVerbs {
 public:
  explicit StreamVerbs(Server& server) : server_(server) {}

  // True: it was made now; false: it was there.
  void create(const std::string& key, const broker::StreamConfig& config, Callback<void(Reply<bool>)> done);
  void destroy(const std::string& key, Callback<void(Reply<bool>)> done);
  void append(const std::string& key, std::uint32_t records, std::string body,
              Callback<void(Reply<broker::Appended>)> done);
  void close(const std::string& key, Callback<void(Reply<bool>)> done);
  void configure(const std::string& key, const broker::StreamConfig& config, Callback<void(Reply<bool>)> done);
  void status(const std::string& key, Callback<void(Reply<PartitionStatus>)> done);
  void read(const std::string& key, broker::Offset from, broker::StreamReadLimits limits,
            Callback<void(Reply<Given>)> done);
  void find_time(const std::string& key, Time time, Callback<void(Reply<broker::Offset>)> done);
  void subscribe(std::shared_ptr<Subscription> subscription);

 private:
  using Found = Callback<void(engine::Lane&, broker::StreamPartition&)>;
  template <class T>
  void with_partition(const std::string& key, Callback<void(Reply<T>)> done,
                      Callback<void(engine::Lane&, broker::StreamPartition&, Callback<void(Reply<T>)>)> verb);
  Given given(engine::Lane& lane, const std::string& key, broker::StreamRead read);
  // The partition of a subscription; null when it is over.
  broker::StreamPartition* still_there(engine::Lane& lane, Subscription& subscription);
  void wait(engine::Lane& lane, std::shared_ptr<Subscription> subscription);
  void pump(engine::Lane& lane, std::shared_ptr<Subscription> subscription);
  void end(Subscription& subscription, Failure why);

  Server& server_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;  // for a sabotage only
};

}  // namespace millrace::sim
