// Lane: a single writer. One journal and the partitions whose keys hash onto it, owned by one core.
//
// Everything here is called on the lane's core. A change is append()ed: written into the journal's current group and
// applied to the state in memory at once; when_durable() tells when it is on disk, and only then may a client hear of
// it. After a failed write or sync the state in memory may be ahead of the disk, so the lane throws it away, fails
// everyone who waits and recovers from disk: serving() is false meanwhile.
#pragma once
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/callback.h"
#include "base/result.h"
#include "engine/entry.h"
#include "engine/fan_out.h"
#include "engine/handoff.h"
#include "engine/ids.h"
#include "engine/partition.h"
#include "engine/segments.h"
#include "env/core.h"
#include "log/journal.h"
#include "log/recover.h"
#include "log/store.h"
#include "metrics/table.h"

namespace millrace::engine {

class Maintenance;

// Makes an empty partition of a kind; null for a kind that this version does not know.
using PartitionFactory =
    std::function<std::unique_ptr<Partition>(Lane&, PartitionId, std::uint8_t kind, const std::string& key)>;

struct LaneOptions {
  log::Durability durability = log::Durability::sync;
  std::uint64_t journal_file_bytes = log::JournalOptions::file_bytes_default;
  std::size_t journal_chunk_bytes = log::JournalOptions::chunk_bytes_default;
  std::uint32_t unsettled_files_max = 1;          // complete journal files kept before their records are settled
  std::uint32_t backlogged_files_max = 8;         // above: no new messages, so that memory stays bounded
  std::uint64_t pending_bytes_max = 64ull << 20;  // appended and not yet durable; above: no new messages
  std::size_t outbox_max = 10'000;                // handoffs under way; above: no more leave
  Duration retry_interval{1000};                  // after a failure: recover, or look for space, again
  Duration sweep_interval{1000};                  // each time a part of the partitions, all of them in sweep_rounds
  std::uint32_t sweep_rounds = 60;
};

// How handoffs reach the other lanes; Engine provides it.
class Courier {
 public:
  virtual ~Courier() = default;
  virtual LaneId lane_of(std::string_view key) const = 0;
  virtual void deliver(LaneId to, HandoffBatch batch) = 0;
  virtual void acknowledge(LaneId source, LaneId destination, std::uint64_t through) = 0;
};

class Lane {
 public:
  Lane(LaneId id, env::Core& core, std::shared_ptr<log::Store> store, LaneOptions options, PartitionFactory factory,
       Courier& courier);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Reads the state from disk; blocking. `damaged` names file and offset.
  Result<void> recover();
  // Offline: whether checkpoint, journal and segments fit together. Blocking; changes nothing on disk.
  Result<void> audit();
  // Drains the journal, writes a checkpoint, and runs `done`; afterwards the lane does not serve.
  void close(Callback<void()> done);

  LaneId id() const { return id_; }
  env::Core& core() { return core_; }
  bool serving() const { return serving_; }
  // Wall-clock time that never goes back within this lane, not even over a restart.
  Time now();
  // apply() only: an entry was made at this time, so now() may not fall behind it.
  void observe(Time time) { latest_ = std::max(latest_, time); }

  // --- partitions ---
  Partition* find(PartitionId id);
  Partition* find(std::string_view key);
  Place place_of(std::string_view key);
  // Keys of a prefix, in order.
  using Directory = std::map<std::string, PartitionId, std::less<>>;
  static constexpr Duration removed_kept{60'000};
  const Directory& directory() const { return directory_; }
  // The time at which a partition of this name was removed, if that was within the last minute.
  std::optional<Time> removed_at(std::string_view key) const;

  // Appends the entry that creates a partition and applies it. `setup` is handed to the model as its first change.
  Partition& create(std::uint8_t kind, const std::string& key, std::uint16_t setup_type, std::string_view setup);
  void remove(PartitionId id);

  // --- changes ---
  // Appends an entry of a partition and applies it.
  void append(PartitionId partition, std::uint16_t type, std::string_view payload);
  // The same for an entry that carries a record: `fill` writes `record_bytes` bytes. The record takes the partition's next
  // `span` positions and stands at the last of them, which is returned.
  RecordSeq append_record(Partition& partition, std::uint16_t type, std::string_view change, std::size_t record_bytes,
                          const std::function<void(MutableBytes)>& fill, std::uint32_t span = 1);
  // The largest record that fits into an entry without a change of its own.
  std::size_t record_bytes_max() const;
  // Runs `done` once everything appended so far is durable; at once when it is. With an error when it can not be any more.
  void when_durable(Callback<void(Result<void>)> done);
  // Why new messages are refused, if they are: disk_full, or unavailable.
  Result<void> admits_new() const;
  // Likewise for records that leave: they take room here, and there as soon as they arrive.
  Result<void> admits_handoff() const;

  // Hands a record to the partition that has `handoff.target` as its key, on whatever lane, exactly once, and drops
  // `handoff.source_seq` from the source partition in the same step.
  void hand_over(const HandoffBody& handoff);

  // Gives a record to many partitions, on whatever lanes, each exactly once: engine/fan_out.h. At most fan_bytes_max() of
  // record, change, and what stands in the targets, with fan_target_bytes for each besides.
  void fan_out(const FanOut& fan);
  static constexpr std::size_t fan_target_bytes = 32;
  std::size_t fan_bytes_max() const;

  // Runs `task` after `delay`, unless the lane has failed or closed meanwhile.
  env::TimerId after(Duration delay, Callback<void()> task);
  // Wraps a callback so that it does nothing once the lane's present state has been thrown away.
  template <class Task>
  auto guard(Task task) {
    return [alive = std::weak_ptr(alive_), task = std::move(task)](auto&&... args) mutable {
      if (!alive.expired()) task(std::forward<decltype(args)>(args)...);
    };
  }

  // Partition::load() only: the content of a base. Blocking.
  Result<std::string> read_base(std::uint64_t id) const;
  Segments& segments() { return segments_; }
  // What is measured here; see Partition::series().
  metrics::Table& metrics() { return metrics_; }
  const LaneOptions& options() const { return options_; }

  // --- from the Courier, on this lane's core ---
  void receive(HandoffBatch batch);
  void acknowledged(LaneId destination, std::uint64_t through);

  struct Stats {
    std::uint64_t entries = 0;
    std::uint64_t recoveries = 0;
    std::uint64_t segments_written = 0;
    std::uint64_t checkpoints_written = 0;
    std::uint64_t partitions = 0;
  };
  Stats stats() const;

 private:
  friend class Maintenance;

  // lane_apply.cc: the state follows the journal.
  Result<void> apply(const log::Entry& entry, const log::Slice& payload);
  Result<void> apply_own(EntryType type, PartitionId partition, const log::Slice& payload, const RecordPayload* record);
  Result<void> apply_create(ByteReader in);
  Result<void> apply_remove(ByteReader in);
  Result<void> apply_settled(ByteReader in);
  Result<void> apply_handoff_out(ByteReader in, const log::Slice& payload);
  Result<void> apply_handoff_in(PartitionId partition, const log::Slice& payload, const RecordPayload* record);
  Result<void> apply_handoff_acked(ByteReader in);
  Result<void> apply_fan_out(const log::Slice& payload);
  void forget_removed(Time now);

  // lane_recover.cc: the state comes back from disk.
  Result<void> recover_state(log::Head& head, std::optional<log::JournalStart>& start);
  Result<log::RecoveredJournal> replay(const log::Head& head);
  Result<void> require_segments(const std::vector<std::uint64_t>& stored) const;
  Result<void> load(std::string_view checkpoint);
  std::string save() const;
  std::set<std::uint64_t> bases() const;
  Result<void> complete_backlogs();
  void relink(const log::Entry& entry, const log::Slice& payload);
  Result<void> match_segments();
  void reset();

  void append_own(EntryType type, std::string_view payload);
  void append_entry(PartitionId partition, std::uint16_t type, std::string_view payload);
  void journal_failed(const Error& why);
  void recover_again();
  // Runs `work`, which changes the store, off the core, then `done` unless the state was thrown away meanwhile. A
  // recovery begins only when no such work is left, so that an earlier life cannot meddle with the present one.
  void offload(Callback<void()> work, Callback<void()> done);
  void end_close();
  std::uint64_t next_number(LaneId to);
  void send_when_durable(LaneId to);
  void send_outbox(LaneId to, std::uint64_t after_number);
  void take(LaneId source, const HandoffItem& item);
  void take_parcel(LaneId source, const HandoffItem& item);
  void append_fan(const FanEntry& entry);
  void sweep();
  void serve();

  const LaneId id_;
  env::Core& core_;
  std::shared_ptr<log::Store> store_;
  const LaneOptions options_;
  PartitionFactory factory_;
  Courier& courier_;

  bool serving_ = false;
  Callback<void()> closed_;  // set while closing
  bool failure_posted_ = false;
  std::size_t jobs_ = 0;               // offload()ed and not ended
  bool recovery_waits_ = false;        // for them
  std::uint64_t behind_since_ns_ = 0;  // the wall clock is behind latest_, which followed it up to here; 0: it is not
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // of the present state
  std::shared_ptr<int> life_ = std::make_shared<int>();   // of this object
  std::uint64_t recoveries_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t segments_written_ = 0;
  std::uint64_t checkpoints_written_ = 0;
  log::Head head_;
  std::uint64_t last_group_ = std::numeric_limits<std::uint64_t>::max();  // recovery cuts what is newer

  metrics::Table metrics_;  // outlives the partitions, which hold series

  // State: made by apply(), saved in checkpoints.
  Time latest_{};
  std::map<PartitionId, std::unique_ptr<Partition>> by_id_;
  boost::unordered_flat_map<PartitionId, Partition*, std::hash<PartitionId>> partitions_;
  boost::unordered_flat_map<std::string_view, Partition*> by_key_;
  Directory directory_;
  std::map<std::string, Time, std::less<>> removed_;
  PartitionId last_partition_{0};
  HandoffState handoffs_;
  Segments segments_;

  std::unique_ptr<log::Journal> journal_;
  std::unique_ptr<Maintenance> maintenance_;
  PartitionId swept_{0};
};

}  // namespace millrace::engine
