// Acquiring: which messages a poller gets, and how pollers wait.
//
// Ready slots come first, since they are older; then the cursor moves on. In a FIFO queue the cursor passes over the
// messages of blocked groups, which become slots; in a queue with groups (a FIFO or a fair one) it runs ahead by a
// window, so that the slots' order can give the messages of one group together, or let quiet groups go first. So what
// is out of line is bounded, whatever waits behind.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "broker/queue/changes.h"
#include "broker/queue/queue.h"
#include "broker/queue/reader.h"
#include "broker/queue/state.h"
#include "broker/queue/waiter.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// FIFO: how far past blocked groups a queue looks for a free one (SQS: the first 120,000 messages).
constexpr std::size_t fifo_window_max = 120'000;
// FIFO: how far ahead a queue looks for more messages of the group that it gives (SQS: as many as possible of one).
constexpr std::size_t fifo_group_window = 200;
// Fair queues: ready slots from which the next message is chosen.
constexpr std::size_t fair_window = 1'000;
// Messages that one call sends to the dead-letter queue.
constexpr std::size_t exhausted_max = 50;
// Too old messages that one call drops.
constexpr std::size_t dropped_max = 1'000;
// FIFO: messages of blocked groups that one call passes over.
constexpr std::size_t passed_max = 10'000;
// Messages that one call makes ready slots.
constexpr std::size_t topped_up_max = 10'000;

std::size_t taken(const AcquireChange& change) {
  return static_cast<std::size_t>(std::ranges::count_if(change.items, [](const AcquireItem& item) {
    return item.step == Step::take_slot || item.step == Step::take_scanned;
  }));
}

}  // namespace

WaiterId Queue::acquire(AcquireRequest request, Done done) {
  const WaiterId id = ++last_waiter_;
  if (request.attempt && config().fifo && repeat_attempt(request, done)) return id;
  // A poller that only waits for a record to be read keeps its place before later ones.
  auto outcome = load_awaited_ ? Outcome::loading : try_acquire(request, done);
  if (outcome == Outcome::answered) return id;
  if (outcome == Outcome::nothing && request.wait <= Duration::zero()) {
    deliver_nothing(std::move(done));
    return id;
  }
  auto& waiter = waiters_.emplace_back(id, std::move(request), std::move(done));
  if (waiter.request.wait > Duration::zero()) {
    waiter.timer = lane().core().after(waiter.request.wait, own([this, id] { time_out(id); }));
  } else {
    waiter.last_look = true;
  }
  arm();
  return id;
}

void Queue::cancel(WaiterId waiter) {
  const auto at = std::ranges::find(waiters_, waiter, &Waiter::id);
  if (at == waiters_.end()) return;
  lane().core().cancel(at->timer);
  waiters_.erase(at);
}

void Queue::time_out(WaiterId waiter) {
  const auto at = std::ranges::find(waiters_, waiter, &Waiter::id);
  if (at == waiters_.end()) return;
  Done done = std::move(at->done);
  waiters_.erase(at);
  deliver_nothing(std::move(done));
}

// Gives the waiters what there is, the longest waiting first.
void Queue::serve() {
  if (serving_) return;
  serving_ = true;
  while (!waiters_.empty() && !load_awaited_) {
    auto& first = waiters_.front();
    const auto outcome = try_acquire(first.request, first.done);
    if (outcome == Outcome::loading) break;
    if (outcome == Outcome::nothing && !first.last_look) break;
    Waiter served = std::move(first);
    waiters_.pop_front();
    lane().core().cancel(served.timer);
    if (outcome == Outcome::nothing) {
      const std::weak_ptr alive(alive_);
      deliver_nothing(std::move(served.done));
      if (alive.expired()) return;  // who was answered has removed the queue
    }
  }
  serving_ = false;
  arm();
}

// Wakes the waiters when the next message becomes ready by itself.
void Queue::arm() {
  // While a record is being read nobody can be served, whatever is due; the read's end comes back here.
  if (waiters_.empty() || load_awaited_) return;
  const Time due = state_->slots.next_due();
  if (due >= due_timer_at_) return;
  lane().core().cancel(due_timer_);
  due_timer_at_ = due;
  const auto delay = std::max(due - lane().now(), Duration::zero());
  due_timer_ = lane().core().after(delay, own([this] {
                                     due_timer_at_ = Time::max();
                                     serve();
                                   }));
}

void Queue::wait_for_load() {
  if (load_awaited_) return;
  load_awaited_ = true;
  reader_->load(own([this](Result<void> loaded) {
    load_awaited_ = false;
    if (!loaded && !waiters_.empty()) {
      Waiter first = std::move(waiters_.front());
      waiters_.pop_front();
      lane().core().cancel(first.timer);
      refuse(std::move(first.done), loaded.error());
    }
    serve();
  }));
}

// What is left when one call has done its share is looked at in the next turn.
void Queue::look_again() {
  if (std::exchange(look_posted_, true)) return;
  lane().core().post(own([this] {
    look_posted_ = false;
    serve();
  }));
}

bool Queue::expired(Time sent) const { return sent + config().retention <= state_->latest; }

bool Queue::exhausted(const Slot& slot) const {
  return config().dead_letter && slot.acquired >= config().dead_letter->acquired_max;
}

Queue::Outcome Queue::try_acquire(const AcquireRequest& request, Done& done) {
  const Time at = now();
  const auto in_flight = state_->slots.acquired();
  if (in_flight >= config().acquired_max) {
    if (config().fifo) return Outcome::nothing;
    refuse(std::move(done), {ErrorCode::over_limit, key() + " has too many messages in flight"});
    return Outcome::answered;
  }
  const auto count_max = std::min<std::size_t>(request.count_max, config().acquired_max - in_flight);

  Outcome outcome = Outcome::nothing;
  const bool fair = state_->fair();
  if (fair || config().fifo) outcome = top_up(fair ? fair_window : fifo_group_window);

  AcquireChange change{
      .now = at, .due = at + request.visibility.value_or(config().visibility), .cursor = state_->cursor};
  std::set<GroupHash> stuck;
  std::vector<Seq> exhausted;
  std::vector<RecordRef> records;
  if (!pick_slots(count_max, change, stuck, exhausted)) {
    // Nothing from beyond the cursor while there are older ones that were not looked at.
    look_again();
    outcome = Outcome::loading;
  } else if (!fair && taken(change) < count_max) {
    outcome = scan(count_max, change, stuck, records);
  }

  const bool some = taken(change) > 0;
  if (some && config().fifo) change.attempt = request.attempt;
  if (!change.items.empty() || change.cursor != state_->cursor) {
    scratch_.clear();
    encode(change, scratch_);
    append(QueueChange::acquire, scratch_);
  }
  if (some) deliver(change, std::move(records), std::move(done));
  for (const Seq seq : exhausted) bury(seq);
  return some ? Outcome::answered : outcome;
}

bool Queue::pick_slots(std::size_t count_max, AcquireChange& change, std::set<GroupHash>& stuck,
                       std::vector<Seq>& exhausted_slots) {
  const bool fifo = config().fifo;
  const bool may_leave = lane().admits_handoff().has_value();
  std::size_t count = 0;
  std::size_t dropped = 0;
  state_->slots.for_each_ready([&](Seq seq) {
    const Slot& slot = *state_->slots.find(seq);
    if (fifo && stuck.contains(slot.group)) return true;
    if (leaving_.contains(seq)) {
      if (fifo) stuck.insert(slot.group);
      return true;
    }
    if (expired(slot.sent)) {
      change.items.push_back({.step = Step::drop_slot, .seq = seq});
      return ++dropped < dropped_max;
    }
    if (exhausted(slot)) {
      if (fifo) stuck.insert(slot.group);
      if (!may_leave) return true;
      exhausted_slots.push_back(seq);
      return exhausted_slots.size() < exhausted_max;
    }
    change.items.push_back({.step = Step::take_slot, .seq = seq});
    return ++count < count_max;
  });
  return dropped < dropped_max && exhausted_slots.size() < exhausted_max;
}

// FIFO: whether an earlier message of the group is in flight, delayed, or left behind in this call.
bool Queue::blocked(GroupHash hash, const std::set<GroupHash>& stuck) const {
  if (stuck.contains(hash)) return true;
  const auto* group = state_->slots.group(hash);
  return group != nullptr && (group->acquired > 0 || group->slots > group->ready.size());
}

Queue::Outcome Queue::scan(std::size_t count_max, AcquireChange& change, std::set<GroupHash>& stuck,
                           std::vector<RecordRef>& records) {
  const bool fifo = config().fifo;
  std::size_t count = taken(change);
  std::size_t passed = 0;
  std::size_t dropped = 0;
  while (count < count_max) {
    if (fifo && state_->slots.ready() + passed >= fifo_window_max) return Outcome::nothing;
    if (dropped == dropped_max || passed == passed_max) {
      look_again();
      return Outcome::loading;
    }
    RecordRef record;
    const auto found = reader_->at(state_->claims.skip(change.cursor), record);
    if (found == CursorReader::State::absent) {
      wait_for_load();
      return Outcome::loading;
    }
    if (found == CursorReader::State::end) {
      change.cursor = backlog().next();
      return Outcome::nothing;
    }
    change.cursor = record.seq.next();
    if (state_->claims.contains(record.seq)) continue;
    const auto message = decode_message(record.bytes);
    check(message.has_value(), "a record whose checksum holds is a message");
    if (expired(message->sent)) {
      change.items.push_back({.step = Step::drop_scanned, .seq = record.seq});
      ++dropped;
      continue;
    }
    AcquireItem item{
        .step = Step::take_scanned, .seq = record.seq, .group = group_hash(message->group), .sent = message->sent};
    if (fifo && blocked(item.group, stuck)) {
      item.step = Step::pass_over;
      stuck.insert(item.group);
      ++passed;
    } else {
      ++count;
      records.push_back(std::move(record));
    }
    change.items.push_back(item);
  }
  return Outcome::nothing;
}

Queue::Outcome Queue::top_up(std::size_t ready_wanted) {
  const auto ready = state_->slots.ready();
  if (ready * 2 >= ready_wanted || ready >= fifo_window_max) return Outcome::nothing;
  const auto more = std::min(ready_wanted - ready, topped_up_max);
  AcquireChange change{.now = state_->latest, .cursor = state_->cursor};
  std::set<GroupHash> stuck;
  std::vector<RecordRef> records;
  // Nothing is blocked for a scan that takes everything; what it takes is only passed over.
  Outcome outcome = Outcome::nothing;
  while (change.items.size() < more) {
    RecordRef record;
    const auto found = reader_->at(state_->claims.skip(change.cursor), record);
    if (found == CursorReader::State::absent) {
      wait_for_load();
      outcome = Outcome::loading;
      break;
    }
    if (found == CursorReader::State::end) {
      change.cursor = backlog().next();
      break;
    }
    change.cursor = record.seq.next();
    if (state_->claims.contains(record.seq)) continue;
    const auto message = decode_message(record.bytes);
    check(message.has_value(), "a record whose checksum holds is a message");
    change.items.push_back({.step = expired(message->sent) ? Step::drop_scanned : Step::pass_over,
                            .seq = record.seq,
                            .group = group_hash(message->group),
                            .sent = message->sent});
  }
  if (!change.items.empty() || change.cursor != state_->cursor) {
    scratch_.clear();
    encode(change, scratch_);
    append(QueueChange::acquire, scratch_);
  }
  return outcome;
}

// The same attempt again: the same messages with the same receipts, as long as all of them are as they were.
bool Queue::repeat_attempt(const AcquireRequest& request, Done& done) {
  const Time at = now();
  const auto known = state_->attempts.find(*request.attempt);
  if (known == state_->attempts.end() || known->second.until <= at) return false;
  for (const auto& receipt : known->second.receipts) {
    const Slot* slot = state_->slots.find(receipt.seq);
    if (slot == nullptr || slot->state != SlotState::acquired || slot->acquired != receipt.attempt) return false;
  }
  AcquireChange same{.now = at, .due = at + request.visibility.value_or(config().visibility)};
  for (const auto& receipt : known->second.receipts) {
    same.items.push_back({.step = Step::take_slot, .seq = receipt.seq});
    scratch_.clear();
    encode(RenewChange{.now = at, .seq = receipt.seq, .due = same.due}, scratch_);
    append(QueueChange::renew, scratch_);
  }
  deliver(same, {}, std::move(done));
  return true;
}

}  // namespace millrace::broker
