// Queue: the model behind SQS queues and, later, the queues of AMQP, STOMP and OpenWire.
//
// A queue is a cursor over its backlog (engine/backlog.h), the set of messages that were taken out of line (slots:
// acquired, delayed, returned, passed over), and nothing for what simply waits. So memory follows what is in flight,
// not the backlog. A message before the cursor that has no slot is gone.
//
// Owned by its lane; used on the lane's core only. It is rebuilt from disk when the lane recovers after a failed
// write, so nobody keeps a pointer to it across callbacks: find it again by key.
//
// Changes are journaled before the verb returns, and visible to the next verb at once; a caller answers its client
// only after Lane::when_durable, so no reply ever shows a state that a power cut could take back. acquire() does
// that waiting itself.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "broker/queue/config.h"
#include "broker/queue/types.h"
#include "engine/partition.h"

namespace millrace::broker {

class Queue final : public engine::Partition {
 public:
  static constexpr std::uint8_t kind = 1;  // in the lane's directory

  // How long a deduplication id and a receive attempt id are remembered (SQS: 5 minutes).
  static constexpr Duration dedup_interval = std::chrono::minutes(5);
  // Longest time in flight, all renewals together (SQS: 12 hours).
  static constexpr Duration visibility_total_max = std::chrono::hours(12);

  Queue(engine::Lane& lane, engine::PartitionId id, std::string key);
  ~Queue() override;

  const QueueConfig& config() const;
  Time created() const;
  Time modified() const;
  void configure(QueueConfig config);
  // Like configure() for what does not count as a modification of the queue: tags.
  void set_tags(std::map<std::string, std::string> tags);

  // disk_full or unavailable when the lane takes no new messages; over_limit when too many are delayed.
  Result<Sent> send(const NewMessage& message);

  // Acquires up to count_max messages. `done` runs on this core once they are durably acquired and their bodies are
  // read; with an empty batch when none came within `wait`; with over_limit when too many are in flight (a FIFO queue
  // gives an empty batch instead). Waiters are served in the order of their arrival.
  WaiterId acquire(AcquireRequest request, Callback<void(Result<std::vector<Acquired>>)> done);
  // The poller has gone away: its `done` is destroyed unrun and it takes no messages. No effect when it was served.
  void cancel(WaiterId waiter);

  AcceptOutcome accept(const Receipt& receipt);
  // The message becomes visible again after `visibility` from now; zero: at once.
  RenewOutcome renew(const Receipt& receipt, Duration visibility);

  // Removes every message that is in the queue now, those in flight too. `conflict` within 60 s of the last purge.
  Result<void> purge();

  QueueCounts counts();

  // `conflict` when a task is running already.
  Result<MoveTask> start_move(std::string target, std::uint32_t rate_max);
  // Status becomes cancelling, then cancelled. not_found when there is no such task, conflict when it is not running.
  Result<MoveTask> cancel_move(std::uint64_t id);
  // Newest first; at most `moves_kept`.
  std::vector<MoveTask> moves() const;
  static constexpr std::size_t moves_kept = 10;

  // engine::Partition
  void apply(const engine::Change& change) override;
  void accept_handoff(const engine::Arrival& arrival) override;
  void save(ByteWriter& out) const override;
  Result<void> load(ByteReader& in) override;
  bool live(engine::RecordSeq seq) const override;
  void started() override;
  void changed() override;
  void sweep() override;
  void abandoned(const Error& why) override;

 private:
  struct State;
  struct Waiting;
  class Cursor;
  class Mover;
  std::unique_ptr<State> state_;      // what apply() makes; saved in checkpoints
  std::unique_ptr<Waiting> waiting_;  // pollers; forgotten at a restart
};

}  // namespace millrace::broker
