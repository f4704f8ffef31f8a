// What goes into and comes out of a queue's verbs (queue.h).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "base/time.h"
#include "broker/message.h"
#include "engine/ids.h"

namespace millrace::broker {

// A message's position in its queue: given when it is sent, never reused, ascending in the order of sending.
using Seq = engine::RecordSeq;

// The first 16 bytes of SHA-256 over the deduplication id (computed by the door, off the lane).
using DedupDigest = std::array<std::uint8_t, 16>;

struct NewMessage {
  Message message;                   // `sent` is set by the queue
  std::optional<Duration> delay;     // none: the queue's own; ignored in FIFO queues
  std::optional<DedupDigest> dedup;  // FIFO: digest of the id given or of the content
};

struct Sent {
  MessageId id{};  // of the first message when this one was a duplicate
  Seq seq{};
  bool duplicate = false;
};

// Proof of one acquisition: names the message and which acquisition of it.
struct Receipt {
  engine::PartitionId partition{};
  Seq seq{};
  std::uint32_t attempt = 0;  // the message's acquired count when the receipt was given
  bool operator==(const Receipt&) const = default;
};

struct Acquired {
  Receipt receipt;
  Time first_acquired{};
  std::uint32_t acquired_count = 0;  // over all queues that the message was in
  Message message;                   // views into `keep`
  std::shared_ptr<const void> keep;  // the memory that holds the message; may be released on any core
};

// Same attempt id within the deduplication interval, nothing changed since: the same messages again (FIFO only).
using AttemptDigest = DedupDigest;

struct AcquireRequest {
  std::uint32_t count_max = 1;         // 1 and more
  std::optional<Duration> visibility;  // none: the queue's own
  Duration wait{};                     // zero: answer at once with what there is
  std::optional<AttemptDigest> attempt;
};

// What became of accept() (delete).
enum class AcceptOutcome : std::uint8_t {
  accepted,  // the message is gone
  gone,      // it was gone already
  stale,     // it was acquired again since; the receipt no longer counts
  expired,   // its visibility ended (FIFO: it may be acquired by another at any moment)
};

// What became of renew() (change visibility).
enum class RenewOutcome : std::uint8_t {
  renewed,
  gone,           // no such message any more
  not_in_flight,  // it is waiting: its visibility ended and nobody has acquired it since
  stale,          // FIFO: acquired again since
  over_total,     // more than 12 hours in all since it was acquired
};

struct QueueCounts {
  std::uint64_t ready = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t delayed = 0;
};

// A poller that waits; see Queue::acquire.
using WaiterId = Strong<struct WaiterTag, std::uint64_t>;

// Moving the messages of a dead-letter queue back (or to a named queue).
enum class MoveStatus : std::uint8_t { running, completed, cancelling, cancelled, failed };

struct MoveTask {
  std::uint64_t id = 0;        // unique within the source queue
  std::string target;          // key of the destination; empty: each message's own origin
  std::uint32_t rate_max = 0;  // messages per second; 0: the server's choice
  MoveStatus status = MoveStatus::running;
  std::uint64_t to_move = 0;  // messages in the source when the task began
  std::uint64_t moved = 0;
  Time started{};
  std::string failure;  // why it failed, for a person
};

}  // namespace millrace::broker
