// QueueState: what a queue is, made by its journal entries alone: the same entries always give the same state.
//
//      gone, or a slot        |   waiting: in the backlog only, except for claims
//   --------------------------+------------------------------------------------------> next
//                          cursor
//
// Time is in the entries. advance() moves only what time alone decides (visibility that ends, delays that are over);
// advancing twice is the same as advancing once to the later time, so the live path may do it whenever it looks.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/result.h"
#include "broker/queue/changes.h"
#include "broker/queue/claims.h"
#include "broker/queue/config.h"
#include "broker/queue/dedup.h"
#include "broker/queue/slots.h"
#include "broker/queue/types.h"
#include "engine/backlog.h"
#include "engine/partition.h"

namespace millrace::broker {

// What a receive attempt id of a FIFO queue was answered with.
struct Attempt {
  std::vector<Receipt> receipts;
  Time until{};
};

class QueueState {
 public:
  static constexpr std::size_t attempts_max = 10'000;

  QueueState(engine::Backlog& backlog, engine::PartitionId partition) : backlog_(backlog), partition_(partition) {}

  // --- apply ---
  void apply(const engine::Change& change);
  void accept_handoff(const engine::Arrival& arrival);
  void handed_over(const engine::HandoffBody& handoff);
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

  void advance(Time now) {
    latest = std::max(latest, now);
    slots.advance(now);
  }

  // A hint that a message comes soon.
  void read_ahead() const {
    prefetch_memory(this);  // with config
    prefetch_memory(&cursor);
    slots.read_ahead();
  }

  // A message that waits or is in somebody's hands; false for one that is gone.
  bool live(Seq seq) const {
    return slots.contains(seq) || (seq >= cursor && seq < backlog_.next() && !claims.contains(seq));
  }
  // Whether a new message of this group becomes a slot at once, so that it does not wait behind the backlog of noisy groups.
  bool out_of_line(GroupHash group) const;
  // Grouped messages that the cursor has not passed yet, or slots of groups.
  bool fair() const { return !config.fifo && (grouped_through >= cursor || slots.groups() > 1); }

 private:
  // First, since whoever looks at config looks at this: see read_ahead().
  engine::Backlog& backlog_;
  const engine::PartitionId partition_;

 public:
  QueueConfig config;
  Time created{};
  Time modified{};
  Time purged{};
  Seq cursor{1};
  Seq grouped_through{0};   // the newest message with a group
  std::uint64_t total = 0;  // messages in the queue, whatever their state
  Time latest{};            // of the entries applied so far; the lane's clock does not fall behind it
  Slots slots;
  Claims claims;
  Dedup dedup;
  std::map<AttemptDigest, Attempt> attempts;
  std::deque<std::pair<Time, AttemptDigest>> attempt_order;
  std::deque<MoveTask> moves;  // newest first
  std::uint64_t last_move = 0;
  std::uint64_t diverted_lost = 0;  // diverted messages that came back; not saved

 private:
  void configure(const ConfigureChange& change);
  void send(const SendChange& change, Seq seq, const log::Slice& record, Bytes head = {});
  void publish(const Departure& departure, const Message& message, const engine::Arrival& arrival);
  void acquire(const AcquireChange& change);
  void accept(ByteReader in);
  void renew(const RenewChange& change);
  void postpone(const RenewChange& change);
  void reclaim(ByteReader in);
  void purge(ByteReader in);
  void move(ByteReader in);
  void remove(Seq seq);
  void remember(const AttemptDigest& digest, Attempt attempt, Time now);
  MoveTask* find_move(std::uint64_t id);
};

}  // namespace millrace::broker
