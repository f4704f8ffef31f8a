// Partition: what a lane holds: one queue, later one shard or one topic. Models (broker/) derive from it.
//
// Two worlds meet here and must not mix. apply() and its kin change the state from journal entries alone, live and at
// recovery alike: no clock, no randomness, no append, no I/O. The hooks below them run live only.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/backlog.h"
#include "engine/handoff.h"
#include "engine/ids.h"
#include "log/journal.h"
#include "metrics/table.h"

namespace millrace::engine {

class Lane;

// One journal entry of a partition, as apply() sees it.
struct Change {
  std::uint16_t type = 0;  // EntryType::first_of_partition + n, with carries_record where it does
  Bytes payload;           // everything; for an entry that carries a record: the change's own bytes
  RecordSeq seq;           // of the record, if one is carried
  log::Slice record;       // empty without one
};

// A record that another partition has handed over.
struct Arrival {
  RecordSeq seq;  // its position in this partition
  log::Slice record;
  Bytes head;             // comes before the record; empty but for a fan-out (engine/fan_out.h)
  std::string_view note;  // what the sender says about it, in the words of the model
  bool returned = false;  // it was ours: the target did not exist (note: the return_note given)
  Time now{};
};

class Partition {
 public:
  Partition(Lane& lane, PartitionId id, std::uint8_t kind, std::string key);
  virtual ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  PartitionId id() const { return id_; }
  std::uint8_t kind_number() const { return kind_; }
  const std::string& key() const { return key_; }
  Lane& lane() { return lane_; }
  Backlog& backlog() { return backlog_; }
  const Backlog& backlog() const { return backlog_; }

  // What is measured about this partition, under its key; made when it is first asked for, so that what is idle costs
  // nothing. Live only, and always of the same kind.
  metrics::Series& series(metrics::Kind kind) {
    if (!series_) open_series(kind);
    return *series_;
  }
  bool has_series() const { return static_cast<bool>(series_); }

  // --- state = apply(entry) ---
  virtual void apply(const Change& change) = 0;
  virtual void accept_handoff(const Arrival& arrival) = 0;
  // Hints that accept_handoff() comes soon (base/prefetch.h): first for this object, a while later for what it points to.
  void read_ahead() const { prefetch_memory(this, read_ahead_bytes); }
  virtual void read_ahead_state() const {}
  // The record of `handoff.source_seq` has left for another partition; the model forgets it and drops it.
  virtual void handed_over(const HandoffBody& handoff) = 0;
  // Checkpoint of everything but the backlog, which the lane saves.
  virtual void save(ByteWriter& out) const = 0;
  virtual Result<void> load(ByteReader& in) = 0;
  // A large part of the state that seldom changes may have an object of its own, a base, so that not every checkpoint writes
  // it anew: save() then names it, and load() reads it with Lane::read_base(). Before save() a partition that wants a new
  // base is given an id for it and its content written. When that fails the base does not count.
  virtual bool wants_base() const { return false; }
  virtual std::string save_base(std::uint64_t /*id*/) { return {}; }
  virtual void lose_base() {}
  // The id of the base that save() names; 0: none.
  virtual std::uint64_t base() const { return 0; }
  // Whether the record is still wanted; asked when a segment is rewritten.
  virtual bool live(RecordSeq seq) const = 0;

  // --- live only ---
  // Recovery is complete; timers may be set.
  virtual void started() {}
  // Something was applied that the partition itself did not append (a handoff).
  virtual void changed() {}
  // Called about once a minute: drop what has expired.
  virtual void sweep() {}
  // The lane has failed, or the partition is being removed: answer everyone who waits. Destruction follows.
  virtual void abandoned(const Error& /*why*/) {}

 private:
  static constexpr std::size_t read_ahead_bytes = 384;  // what a queue looks at

  void open_series(metrics::Kind kind);

  Lane& lane_;
  const PartitionId id_;
  const std::uint8_t kind_;
  const std::string key_;
  Backlog backlog_;
  metrics::SeriesRef series_;
};

// In a loop over many of them, before the turn of the one at `at`: asks for some that come after it. `partition_of` gives a
// partition, or null.
template <class Targets, class PartitionOf>
void read_ahead(const Targets& targets, std::size_t at, PartitionOf partition_of) {
  constexpr std::size_t objects_ahead = 16;
  constexpr std::size_t states_ahead = 8;
  const auto ahead = [&](std::size_t by) {
    return at + by < targets.size() ? partition_of(targets[at + by]) : nullptr;
  };
  if (const Partition* object = ahead(objects_ahead)) object->read_ahead();
  if (const Partition* state = ahead(states_ahead)) state->read_ahead_state();
}

}  // namespace millrace::engine
