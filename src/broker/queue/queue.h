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
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/queue/config.h"
#include "broker/queue/types.h"
#include "engine/partition.h"
#include "env/core.h"

namespace millrace::broker {

class CursorReader;
class Mover;
class QueueState;
using GroupHash = std::uint64_t;
enum class QueueChange : std::uint16_t;
struct AcquireChange;
struct Departure;
struct RecordRef;
struct Slot;

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
  // `done` may run inside this call.
  WaiterId acquire(AcquireRequest request, Callback<void(Result<std::vector<Acquired>>)> done);
  // The poller has gone away: its `done` is destroyed unrun and it takes no messages. No effect when it was served.
  void cancel(WaiterId waiter);

  AcceptOutcome accept(const Receipt& receipt);
  // The message becomes visible again after `visibility` from now; zero: at once. In a standard queue an older receipt of
  // a message that is in flight again counts, as it does at SQS.
  RenewOutcome renew(const Receipt& receipt, Duration visibility);
  // Like renew(), and the holder lets go of it: it counts as in flight, but reclaim() leaves it where it is.
  RenewOutcome postpone(const Receipt& receipt, Duration visibility);
  // What is acquired becomes visible again at once, its acquisition counted: for a queue's only consumer, that begins anew
  // and knows nothing of what it held before.
  void reclaim();
  // An acquired message leaves for the queue with the key `target`, exactly once, and then says `delivery` of itself. Its
  // age begins anew there; without such a queue it is lost (diverted_lost()). Nothing happens when the receipt does not
  // count any more. disk_full or unavailable when nothing can leave now.
  Result<void> divert(const Receipt& receipt, const std::string& target, std::string delivery);
  // Messages whose target did not exist, since this queue was made or recovered.
  std::uint64_t diverted_lost() const;

  // Removes every message that is in the queue now, those in flight too, and forgets the deduplication ids. `conflict`
  // within `interval_min` of the last purge.
  Result<void> purge(Duration interval_min = std::chrono::seconds(60));

  QueueCounts counts();
  // When the oldest message was sent, about; none when the queue is empty.
  std::optional<Time> oldest();

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
  void read_ahead_state() const override;
  void handed_over(const engine::HandoffBody& handoff) override;
  void save(ByteWriter& out) const override;
  Result<void> load(ByteReader& in) override;
  bool live(engine::RecordSeq seq) const override;
  void started() override;
  void changed() override;
  void sweep() override;
  void abandoned(const Error& why) override;

 private:
  friend class Mover;
  struct Waiter;
  struct Delivery;
  using Done = Callback<void(Result<std::vector<Acquired>>)>;

  Time now();
  // Null for one that is gone, and for a receipt of another queue, such as an earlier one of the same key.
  const Slot* slot_of(const Receipt& receipt) const;
  RenewOutcome put_off(QueueChange change, const Receipt& receipt, Duration visibility);
  void append(QueueChange change, const std::string& payload);

  // acquire.cc: choosing messages, and waiting for them.
  // loading: something is on its way (a record from disk, or a turn for the rest), and serve() follows by itself.
  enum class Outcome : std::uint8_t { answered, nothing, loading };
  Outcome try_acquire(const AcquireRequest& request, Done& done);
  bool repeat_attempt(const AcquireRequest& request, Done& done);
  // False when it stopped at the limit of one call, with ready slots not looked at.
  bool pick_slots(std::size_t count_max, AcquireChange& change, std::set<GroupHash>& stuck,
                  std::vector<Seq>& exhausted);
  Outcome scan(std::size_t count_max, AcquireChange& change, std::set<GroupHash>& stuck,
               std::vector<RecordRef>& records);
  // Passes over waiting messages until `ready_wanted` slots are ready.
  Outcome top_up(std::size_t ready_wanted);
  bool blocked(GroupHash group, const std::set<GroupHash>& stuck) const;
  bool expired(Time sent) const;
  bool exhausted(const Slot& slot) const;
  void wait_for_load();
  void look_again();
  void serve();
  void arm();
  void time_out(WaiterId waiter);

  // deliver.cc: reading what was chosen.
  void deliver(const AcquireChange& change, std::vector<RecordRef> records, Done done);
  void deliver_nothing(Done done);
  // In a turn of its own: whoever hears of it may call again at once, or remove this queue.
  void refuse(Done done, Error why);
  void fetch(Seq seq, Callback<void(Result<RecordRef>)> done);

  // leave.cc: messages that go elsewhere, or have become too old.
  void drop_expired();
  void bury(Seq seq);
  void hand_over(Seq seq, const RecordRef& record, const std::string& target, const Departure& departure,
                 std::string_view delivery = {});

  // measure.cc
  void measure();

  // Wraps a callback so that it does nothing once this queue is gone.
  template <class Task>
  auto own(Task task) {
    return [alive = std::weak_ptr(alive_), task = std::move(task)](auto&&... args) mutable {
      if (!alive.expired()) task(std::forward<decltype(args)>(args)...);
    };
  }

  std::unique_ptr<QueueState> state_;  // what apply() makes; saved in checkpoints
  // Live only, forgotten at a restart.
  std::unique_ptr<CursorReader> reader_;
  std::unique_ptr<Mover> mover_;
  std::list<Waiter> waiters_;  // in the order of arrival
  WaiterId last_waiter_{0};
  env::TimerId due_timer_{};
  Time due_timer_at_ = Time::max();
  std::set<Seq> leaving_;  // slots on their way out: their record is being read
  bool serving_ = false;   // inside serve()
  bool load_awaited_ = false;
  bool look_posted_ = false;
  Time sweep_from_{};  // nothing is too old before
  Time measured_{};
  Time active_{};  // measure() has seen messages or calls
  std::uint64_t calls_seen_ = 0;
  std::string scratch_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace millrace::broker
