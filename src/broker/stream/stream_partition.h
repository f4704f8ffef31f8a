// StreamPartition: records read by position, kept until they are too old. A Kinesis shard is one; a Kafka partition will be.
//
// A producer's batch is stored as it came, as one entry that spans its records: the door has encoded it, the model never
// looks inside. A record's position is its offset: from 1, ascending by one with every record, never used again.
//
//        trimmed      |   in segments (read sequentially)   |   in memory   |  not durable yet
//   ------------------+-------------------------------------+---------------+------------------
//                   first()                                               end()
//
// Readers see what is durable and nothing else, and wait for no sync of their own. Owned by its lane; used on the
// lane's core only. It is rebuilt from disk when the lane recovers after a failed write, so nobody keeps a pointer to it
// across callbacks: find it again by key.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/callback.h"
#include "base/strong.h"
#include "broker/stream/state.h"
#include "engine/partition.h"

namespace millrace::broker {

// Position of a record in its partition.
using Offset = engine::RecordSeq;

struct Appended {
  Offset first{};  // of the batch's first record; the others follow without a gap
  Time time{};     // given by the lane; never goes back within a partition
};

// A batch as it came, whole: it may begin before the offset that was asked for.
struct StoredBatch {
  Offset first{};
  std::uint32_t records = 0;
  Time time{};
  Bytes bytes;                       // inside `keep`
  std::shared_ptr<const void> keep;  // may be released on any core
};

struct StreamReadLimits {
  std::uint32_t records_max = 10'000;
  std::uint64_t bytes_max = 10u << 20;  // of batches; the first one is given whatever its size
  // For a reader that only writes to the same lane, where what it makes of them cannot outlive them: also what is not
  // durable yet.
  bool undurable = false;
};

struct StreamRead {
  std::vector<StoredBatch> batches;  // ascending; may be fewer than asked for although more is there
  Offset next{};                     // where to go on
  // Everything durable was given (or there was nothing).
  bool at_tip = false;
  // The partition is closed and everything in it was given.
  bool at_end = false;
  // How far `next` is behind: now minus the time of the record at `next`, approximate to a batch; at least a millisecond
  // when there is one, zero when there is none.
  Duration behind{};
};

using StreamWatchId = Strong<struct StreamWatchTag, std::uint64_t>;

class StreamPartition final : public engine::Partition {
 public:
  static constexpr std::uint8_t kind = 2;  // in the lane's directory

  StreamPartition(engine::Lane& lane, engine::PartitionId id, std::string key);
  ~StreamPartition() override;

  const StreamConfig& config() const { return state_.config; }
  Time created() const { return state_.created; }
  void configure(StreamConfig config);

  // Appends a batch of `records` records, in the door's own encoding. The caller answers after Lane::when_durable.
  // conflict when the partition is closed; over_limit when the batch is larger than a journal entry can be; disk_full or
  // unavailable when the lane takes nothing new.
  Result<Appended> append(std::uint32_t records, Bytes batch);
  // The same for a batch of `bytes` bytes that `fill` writes where it is to stand.
  Result<Appended> append(std::uint32_t records, std::size_t bytes, const std::function<void(MutableBytes)>& fill);
  // Nothing can be appended any more. No effect when closed already.
  void close();
  bool closed() const { return state_.closed; }

  // The first offset that can be read; what is older was trimmed. end() when nothing is there.
  Offset first();
  // One above the last durable record.
  Offset end() const { return durable_end_; }
  // One above the last record, durable or not; after close() the final one.
  Offset next() const { return backlog().next(); }

  // Reads whole batches from the one that holds `from` on (or the first one that is not trimmed). `done` runs on this core,
  // maybe inside this call; with an error when a segment cannot be read, or when the partition goes away meanwhile.
  void read(Offset from, StreamReadLimits limits, Callback<void(Result<StreamRead>)> done);
  // The offset of the first record at or after `time`; end() when there is none.
  void find_time(Time time, Callback<void(Result<Offset>)> done);

  // Runs `task` once, in a turn of its own, when records at `from` or later are durable, or the partition is closed, or
  // goes away. It is the watcher's to find the partition again and look.
  StreamWatchId watch(Offset from, Callback<void()> task);
  // Its task is destroyed unrun. No effect when it ran.
  void unwatch(StreamWatchId watch);

  // engine::Partition
  void apply(const engine::Change& change) override;
  void accept_handoff(const engine::Arrival& arrival) override;
  void handed_over(const engine::HandoffBody& handoff) override;
  void save(ByteWriter& out) const override;
  Result<void> load(ByteReader& in) override;
  bool live(engine::RecordSeq seq) const override;
  void started() override;
  void changed() override;
  void sweep() override;
  void abandoned(const Error& why) override;

 private:
  using ReadDone = Callback<void(Result<StreamRead>)>;
  struct Reading;

  // What is older is not given, though it may still be stored.
  Time horizon();
  void go_on(const std::shared_ptr<Reading>& reading);
  bool take(Reading& reading, Bytes record, engine::RecordSeq last, const std::shared_ptr<const void>& keep) const;
  Offset end_for(const Reading& reading) const;
  void take_from_memory(Reading& reading) const;
  void load_block(const std::shared_ptr<Reading>& reading);
  void end_read(const std::shared_ptr<Reading>& reading);
  std::vector<ReadDone> stop_reading();
  void append_change(StreamChange change, std::string_view payload);
  // Something new is durable: wakes those who wait for it.
  void durable(Offset end, bool closed);
  void wake(bool all);

  // Wraps a callback so that it does nothing once this partition is gone.
  template <class Task>
  auto own(Task task) {
    return [alive = std::weak_ptr(alive_), task = std::move(task)](auto&&... args) mutable {
      if (!alive.expired()) task(std::forward<decltype(args)>(args)...);
    };
  }

  StreamState state_;  // what apply() makes; saved in checkpoints
  // Live only, forgotten at a restart.
  Offset durable_end_{1};
  bool durably_closed_ = false;
  struct Watch {
    StreamWatchId id;
    Callback<void()> task;
  };
  std::multimap<Offset, Watch> watches_;  // by the offset that is waited for
  StreamWatchId last_watch_{0};
  std::set<std::shared_ptr<Reading>> readings_;  // waiting for a segment
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

// The partition of this key; null when there is none (or something else has the key).
StreamPartition* find_stream_partition(engine::Lane& lane, std::string_view key);
// `key` must be free.
StreamPartition& create_stream_partition(engine::Lane& lane, const std::string& key, const StreamConfig& config);

}  // namespace millrace::broker
