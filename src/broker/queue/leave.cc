// Leaving: dead letters, diverted messages, and those that have become too old.
#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "broker/queue/changes.h"
#include "broker/queue/queue.h"
#include "broker/queue/reader.h"
#include "broker/queue/state.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// Too old messages that one sweep drops at a time.
constexpr std::size_t swept_max = 2'000;
// After this time it is looked whether what was about to leave is still there.
constexpr Duration leaving_takes{1'000};

}  // namespace

// Sends a slot to the dead-letter queue. Until its record is read it stays, and nobody acquires it.
void Queue::bury(Seq seq) {
  if (!leaving_.insert(seq).second) return;
  fetch(seq, own([this, seq](Result<RecordRef> record) {
          const bool wanted = leaving_.contains(seq) && config().dead_letter;
          leaving_.erase(seq);
          if (!record) {
            logging::error("{}: a dead letter stays: {}", key(), record.error().message);
            return;
          }
          const Slot* slot = state_->slots.find(seq);
          if (!wanted || slot == nullptr || slot->state != SlotState::ready) return;
          hand_over(seq, *record, config().dead_letter->target, {.reason = Departure::Reason::dead_letter});
          // A FIFO group is free now. Not at once: the call that brought us here may be about to become a waiter.
          if (config().fifo) lane().core().post(own([this] { changed(); }));
        }));
}

Result<void> Queue::divert(const Receipt& receipt, const std::string& target, std::string delivery) {
  if (auto ok = lane().admits_handoff(); !ok) return ok;
  now();
  const auto in_hand = [this, receipt] {
    const Slot* slot = slot_of(receipt);
    return slot != nullptr && slot->acquired == receipt.attempt;
  };
  if (!in_hand() || !leaving_.insert(receipt.seq).second) return {};
  fetch(receipt.seq,
        own([this, seq = receipt.seq, in_hand, target, delivery = std::move(delivery)](Result<RecordRef> record) {
          const bool wanted = leaving_.erase(seq) > 0;
          if (!record) {
            logging::error("{}: a message stays: {}", key(), record.error().message);
            return;
          }
          if (!wanted || !in_hand()) return;
          hand_over(seq, *record, target, {.reason = Departure::Reason::diverted}, delivery);
        }));
  return {};
}

std::uint64_t Queue::diverted_lost() const { return state_->diverted_lost; }

void Queue::hand_over(Seq seq, const RecordRef& record, const std::string& target, const Departure& departure,
                      std::string_view delivery) {
  auto message = decode_message(record.bytes);
  check(message.has_value(), "a record whose checksum holds is a message");
  const Slot& slot = *state_->slots.find(seq);
  std::string origin = key();
  if (departure.reason == Departure::Reason::dead_letter) {
    message->origin = origin;
    message->acquired_before += slot.acquired;
    // A dead letter keeps its age, except in FIFO queues, where ages ascend.
    if (config().fifo) message->sent = now();
  } else if (departure.reason == Departure::Reason::diverted) {
    message->delivery = delivery;
    message->acquired_before = 0;
    message->sent = now();
  } else {
    // A message that is moved back counts as a new one.
    lane().core().random(std::as_writable_bytes(std::span(message->id)));
    message->origin = {};
    message->acquired_before = 0;
    message->sent = now();
  }
  std::string bytes(encoded_size(*message), '\0');
  encode_message(*message, std::as_writable_bytes(std::span(bytes)));
  const std::string note = encode(departure);
  lane().hand_over({.target = target,
                    .source = id(),
                    .source_seq = seq,
                    .note = note,
                    .return_note = note,
                    .record = as_bytes(bytes)});
}

void Queue::drop_expired() {
  if (state_->total == 0) return;
  const Time at = now();
  if (at < sweep_from_) return;
  AcquireChange change{.now = at, .cursor = state_->cursor};
  Time next = at + config().retention;  // when something more will be too old
  bool all = true;
  state_->slots.for_each([&](Seq seq, const Slot& slot) {
    if (!expired(slot.sent)) {
      next = std::min(next, slot.sent + config().retention);
    } else if (slot.state == SlotState::acquired) {
      next = std::min(next, slot.due);
    } else if (leaving_.contains(seq)) {
      next = std::min(next, at + leaving_takes);
    } else if (change.items.size() < swept_max) {
      change.items.push_back({.step = Step::drop_slot, .seq = seq});
    } else {
      all = false;
    }
  });
  std::ranges::sort(change.items, {}, &AcquireItem::seq);
  bool absent = false;
  while (all) {
    if (change.items.size() >= swept_max) {
      all = false;
      break;
    }
    RecordRef record;
    const auto found = reader_->at(state_->claims.skip(change.cursor), record);
    if (found != CursorReader::State::found) {
      absent = found == CursorReader::State::absent;
      break;
    }
    if (state_->claims.contains(record.seq)) {
      change.cursor = record.seq.next();
      continue;
    }
    const auto message = decode_message(record.bytes);
    check(message.has_value(), "a record whose checksum holds is a message");
    if (!expired(message->sent)) {
      next = std::min(next, message->sent + config().retention);
      break;
    }
    change.cursor = record.seq.next();
    change.items.push_back({.step = Step::drop_scanned, .seq = record.seq});
  }
  if (!change.items.empty()) {
    std::string payload;
    encode(change, payload);
    append(QueueChange::acquire, payload);
  }
  if (absent) {
    reader_->load(own([this](Result<void> loaded) {
      if (loaded) drop_expired();
    }));
  } else if (!all) {
    lane().core().post(own([this] { drop_expired(); }));
  } else {
    sweep_from_ = next;
  }
}

}  // namespace millrace::broker
