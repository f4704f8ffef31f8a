// Drain: takes the messages of one queue to the world outside: a subscription's own queue (Topic::own_target), or one of
// those for what is published to a phone or a device directly (direct.h).
//
//   queue ── acquire, with a lease ──▶ channel ── delivered ──▶ accept
//     ▲                                   │
//     │                                   ├─ retry ─────▶ postpone: the message comes back when the policy says so
//     └───────────────────────────────────┘
//                                         └─ refused, or retried often enough ──▶ dead-letter queue, or accept
//
// What is to come and when is the queue's state, so it survives restarts; here is only what is under way: as many
// messages as the window (window.h) has room for, and of bounded size together unless one alone is larger. So a dead
// endpoint costs its messages' places in the queue and little else. A delivery may be repeated: after a crash, or when its
// end came too late. What was under way when the drain before this one ended comes back when this one begins, and counts as
// an attempt. What the transport had no room for was no attempt: it stays here under its lease, and goes again.
//
// On its lane's core only. Queue and topic are found by key whenever they are needed, since a lane that recovers makes them
// anew. Destroyed at any time; what is under way then ends unheard.
#pragma once
#include <memory>
#include <string>

#include "aws/sns/deliver/outlets.h"
#include "aws/sns/deliver/rate.h"
#include "aws/sns/deliver/recipient.h"
#include "aws/sns/deliver/window.h"
#include "base/callback.h"
#include "broker/queue/queue.h"
#include "engine/lane.h"

namespace millrace::aws::sns::deliver {

class Drain : public std::enable_shared_from_this<Drain> {
 public:
  static constexpr std::size_t under_way_max = 32;
  static constexpr std::size_t http_under_way_max = 256;
  // Of what is published directly: many recipients share the queue.
  static constexpr std::size_t direct_under_way_max = 256;
  // Of a window that is no wider than under_way_max; a wider one has this for each of its messages.
  static constexpr std::size_t under_way_bytes_max = 256 << 10;
  static constexpr std::size_t bytes_each = under_way_bytes_max / under_way_max;
  // How long it waits for messages before it asks again.
  static constexpr Duration wait_max = std::chrono::hours(1);
  // When the lane recovers, or too many messages are out of line.
  static constexpr Duration look_again_after{1'000};
  // A lease is longer than the attempt by this.
  static constexpr Duration lease_margin{15'000};
  // When a dead letter cannot leave, it is tried again, and with it the delivery.
  static constexpr Duration leave_again_after{20'000};

  // `ended` runs once, in a turn of its own, when the queue is no more.
  Drain(Outlets& outlets, engine::Lane& lane, std::string key, Callback<void()> ended);

  // Looks for messages, unless it waits for some already.
  void look();

  std::size_t under_way() const { return under_way_; }
  std::size_t under_way_bytes() const { return under_way_bytes_; }

 private:
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;
  using Attempts = std::vector<AttemptPtr>;
  using Messages = std::vector<broker::Acquired>;
  using RecipientPtr = std::shared_ptr<const Recipient>;  // of all messages of a subscription that are taken together

  void look_soon();
  void look_after(Duration delay);
  void prepare_key();
  void acquire(broker::Queue& from, std::uint32_t count, Duration attempt_max);
  std::size_t room() const;
  void send_again(broker::Queue& from);
  RecipientPtr subscriber();
  void take(Result<Messages> got);
  AttemptPtr begin(broker::Acquired message, RecipientPtr to);
  void render(Attempts attempts);
  void send(const Attempts& attempts);
  void answered(const AttemptPtr& attempt, const Outcome& outcome);
  void finished(const AttemptPtr& attempt, const Outcome& outcome);
  void forget(const Attempt& attempt);
  void settle(const AttemptPtr& attempt, const Outcome& outcome);
  bool give_up(broker::Queue& from, const Attempt& attempt, const Outcome& outcome);
  void count_lost(const broker::Queue& from);
  void end();

  Outlets& outlets_;
  engine::Lane& lane_;
  const std::string key_;
  const bool direct_;
  Window window_;
  Callback<void()> ended_;  // null once it has been run
  bool reclaimed_ = false;
  bool acquiring_ = false;
  bool soon_ = false;
  bool preparing_ = false;
  env::TimerId timer_{};
  std::size_t under_way_ = 0;  // with those to send again
  std::size_t under_way_bytes_ = 0;
  std::size_t message_bytes_ = under_way_bytes_max / 4;  // what the next ones are taken to have
  Attempts again_;                                       // the transport had no room for them
  Rate rate_;
  std::uint64_t lost_seen_ = 0;
};

}  // namespace millrace::aws::sns::deliver
