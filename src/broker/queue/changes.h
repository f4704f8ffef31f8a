// The changes of a queue: what stands in its journal entries (docs/format/queue.md), and their encoding.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/queue/config.h"
#include "broker/queue/dedup.h"
#include "broker/queue/slots.h"
#include "broker/queue/types.h"
#include "engine/entry.h"

namespace millrace::broker {

enum class QueueChange : std::uint16_t {
  configure = static_cast<std::uint16_t>(engine::EntryType::first_of_partition),
  send,     // carries the message
  acquire,  // also: passed over, dropped
  accept,
  renew,
  purge,
  move,      // a move task begins or changes
  postpone,  // as a renewal, of what nobody has any more
  reclaim,   // what somebody has is ready again
};

struct ConfigureChange {
  Time now{};
  bool counts_as_modified = true;
  QueueConfig config;
};

struct SendChange {
  Time now{};
  Time sent{};
  Time due{};                // zero: not delayed
  bool out_of_line = false;  // made a slot at once; see Queue::send
  GroupHash group = 0;
  std::optional<DedupKey> dedup;
  MessageId id{};  // with dedup
};

// What happens to one message in an acquire entry.
enum class Step : std::uint8_t {
  take_slot,     // a ready slot is acquired
  take_scanned,  // the cursor passes the message; it is acquired
  pass_over,     // the cursor passes the message; it becomes a ready slot
  drop_slot,     // too old
  drop_scanned,  // the cursor passes the message; too old
};

struct AcquireItem {
  Step step = Step::take_slot;
  Seq seq{};
  GroupHash group = 0;  // with take_scanned, pass_over
  Time sent{};          // likewise
};

struct AcquireChange {
  Time now{};
  Time due{};
  Seq cursor{};  // afterwards
  std::optional<AttemptDigest> attempt;
  std::vector<AcquireItem> items;
};

struct RenewChange {
  Time now{};
  Seq seq{};
  Time due{};
};

void encode(const ConfigureChange& change, std::string& into);
void encode(const SendChange& change, std::string& into);
void encode(const AcquireChange& change, std::string& into);
void encode(const RenewChange& change, std::string& into);
void encode(const MoveTask& task, std::string& into);

// False when the bytes are not such a change.
bool decode(ByteReader in, ConfigureChange& change);
bool decode(ByteReader in, SendChange& change);
bool decode(ByteReader in, AcquireChange& change);
bool decode(ByteReader in, RenewChange& change);
bool decode(ByteReader& in, MoveTask& task);

// Why a message leaves for another queue, in the notes of a handoff.
struct Departure {
  enum class Reason : std::uint8_t { dead_letter = 1, move = 2, published = 3, diverted = 4 };
  Reason reason = Reason::dead_letter;
  std::uint64_t task = 0;            // with move
  std::optional<DedupDigest> dedup;  // with published
};
std::string encode(const Departure& departure);
bool decode(std::string_view note, Departure& departure);

}  // namespace millrace::broker
