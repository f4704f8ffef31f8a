// Family: the reference model of a queue and its dead-letter queue: what its clients know, and what must follow from it.
//
// It is told of every call when it is made and when it is answered. Between the two, and for ever when the machine
// stops in between, the outcome is open; so each fact is kept as certain, possible or excluded, and only contradictions
// of certain facts are violations. A reply that shows something makes it certain: it must survive everything.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/queue/queue.h"
#include "sim/queue/verbs.h"
#include "sim/queue/workload.h"
#include "sim/verdict.h"

namespace millrace::sim {

enum class Existence : std::uint8_t { possible, certain, never };

// A message that a client has sent, or tried to send.
struct Letter {
  std::uint64_t number = 0;
  std::string body;
  std::string group;
  std::optional<broker::DedupDigest> dedup;
  broker::MessageId id{};
  Duration delay{};
  Existence exists = Existence::possible;
  bool sending = true;
  Time issued{};          // sent not earlier than this
  Time ended{};           // and not later than this
  std::uint64_t seq = 0;  // in the main queue; 0: not known

  bool delete_possible = false, deleted = false;
  bool purge_possible = false, purged = false;
  bool old = false;   // its retention may be over
  Time gone_at{};     // when the client heard that it was deleted or purged
  bool busy = false;  // a delete or renewal is under way

  std::optional<broker::Receipt> receipt;  // the latest that a client got
  std::optional<broker::Receipt> old_receipt;
  bool in_dead_queue = false;  // where that was
  std::uint32_t count = 0;
  Time lease_until{};         // its holder has it at least until then
  bool holder_known = false;  // and that is who got the latest receipt
  Time renewed_at{};          // a renewal was asked for then

  bool may_be_gone() const { return delete_possible || deleted || purge_possible || purged || old; }
  bool must_exist() const { return exists == Existence::certain && !may_be_gone(); }
  bool may_exist() const { return exists != Existence::never && !deleted && !purged; }
};

struct ReceiveCall {
  bool dead_queue = false;
  Time issued{};
  Duration visibility{};
  bool has_attempt = false;
};

class Family {
 public:
  Family(std::size_t index, const QueueWorkload& workload, Verdict& verdict);

  // Reads of the disk may fail: a reply then leaves out messages that it has acquired.
  void expect_failing_reads() { reads_fail_ = true; }

  const std::string& queue() const { return queue_; }
  const std::string& dead_queue() const { return dead_queue_; }  // empty when there is none
  const std::string& queue_of(bool dead) const { return dead ? dead_queue_ : queue_; }
  broker::QueueConfig config(bool dead) const;

  Letter& compose(std::string group, Duration delay, std::size_t body_bytes, Time now);
  void send_answered(Letter& letter, const Reply<broker::Sent>& reply, Time now);
  void send_unknown(Letter& letter, Time now);

  void receive_answered(const ReceiveCall& call, const std::vector<Received>& batch, Time now);
  void receive_issued() { ++uncertain_receives_; }
  void receive_refused() { --uncertain_receives_; }

  void remove_issued(Letter& letter);
  struct Removal {
    broker::Receipt receipt;
    bool undoubted = false;        // its caller held the message when it called
    bool possible_before = false;  // an earlier delete had been left open
  };
  void remove_answered(Letter& letter, const Removal& removal, broker::AcceptOutcome outcome, Time now);
  void remove_refused(Letter& letter, const Removal& removal);
  void renew_issued(Letter& letter, Duration visibility, Time now);
  void renew_answered(Letter& letter, broker::RenewOutcome outcome, Duration visibility, Time issued, bool undoubted);
  // Whether whoever holds this receipt certainly still holds the message.
  bool holds(const Letter& letter, const broker::Receipt& receipt, Time now) const;

  struct Purge {
    std::vector<Letter*> covered;   // were there for certain when it was called
    std::vector<Letter*> in_doubt;  // marked by this purge
  };
  Purge purge_issued(Time now);
  void purge_answered(const Purge& purge, Time now);
  void purge_refused(const Purge& purge);
  void purge_unknown();

  void move_issued() { ++moves_; }

  // Marks what may be too old by now.
  void grow_old(Time now);

  // Nothing is under way and nothing is wrong.
  void check_counts(const broker::QueueCounts& main, const broker::QueueCounts& dead, Time now);
  // Everything was drained.
  void check_drained();

  const std::vector<std::unique_ptr<Letter>>& letters() const { return letters_; }
  // A letter whose latest receipt a client may use now; null when there is none.
  Letter* held(env::sim::Random& random) const;
  Letter* with_dedup(env::sim::Random& random) const;
  std::uint64_t received() const { return received_; }

 private:
  Letter* find(const Received& received);
  void check_gone(const Letter& letter, const Received& received, const ReceiveCall& call);
  bool late(const Letter& letter, const Received& received, const ReceiveCall& call) const;
  void check_holder(Letter& letter, const Received& received, const ReceiveCall& call, Time now);
  void check_dead(const Letter& letter, const Received& received, const ReceiveCall& call);
  void check_order(const Letter& letter, const Received& received, const std::vector<Received>& batch,
                   std::size_t index);
  void check_dedup(Letter& letter, const broker::Sent& sent, Time now);
  bool may_be_dead(const Letter& letter) const;
  std::string describe(const Letter& letter) const;

  const std::string queue_;
  const std::string dead_queue_;
  const QueueWorkload& workload_;
  Verdict& verdict_;
  std::vector<std::unique_ptr<Letter>> letters_;
  std::map<broker::MessageId, Letter*> by_id_;
  std::map<broker::DedupDigest, std::vector<Letter*>> by_dedup_;
  std::map<std::string, std::vector<Letter*>> by_group_;
  std::uint64_t uncertain_receives_ = 0;  // under way, or without an answer: each may have raised any receive count
  std::uint64_t moves_ = 0;
  std::uint64_t received_ = 0;
  Time last_purge_{};
  bool purging_ = false;
  bool reads_fail_ = false;
};

}  // namespace millrace::sim
