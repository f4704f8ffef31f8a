#include "broker/queue/slots.h"

#include "base/check.h"
#include "base/hash.h"

namespace millrace::broker {

GroupHash group_hash(std::string_view group) {
  if (group.empty()) return 0;
  const auto hash = stable_hash(group);
  return hash == 0 ? 1 : hash;
}

// Every slot enters the sums and orders of its state, and leaves them before the state changes.
void Slots::enter(Seq seq, const Slot& slot) {
  auto& group = groups_[slot.group];
  ++group.slots;
  switch (slot.state) {
    case SlotState::ready: group.ready.insert(seq); break;
    case SlotState::postponed: ++postponed_; [[fallthrough]];
    case SlotState::acquired:
      ++group.acquired;
      ++acquired_;
      wait_until(slot.due, seq);
      break;
    case SlotState::delayed:
      ++delayed_;
      wait_until(slot.due, seq);
      break;
  }
  rank(slot.group, group);
}

void Slots::wait_until(Time due, Seq seq) {
  due_.emplace(due, seq);
  next_due_ = due_.begin()->first;
}

void Slots::wait_no_more(Time due, Seq seq) {
  due_.erase({due, seq});
  next_due_ = due_.empty() ? Time::max() : due_.begin()->first;
}

void Slots::leave(Seq seq, const Slot& slot) {
  const auto at = groups_.find(slot.group);
  auto& group = at->second;
  --group.slots;
  switch (slot.state) {
    case SlotState::ready: group.ready.erase(seq); break;
    case SlotState::postponed: --postponed_; [[fallthrough]];
    case SlotState::acquired:
      --group.acquired;
      --acquired_;
      wait_no_more(slot.due, seq);
      break;
    case SlotState::delayed:
      --delayed_;
      wait_no_more(slot.due, seq);
      break;
  }
  rank(slot.group, group);
  if (group.slots == 0) groups_.erase(at);
}

void Slots::rank(GroupHash hash, Group& group) {
  const bool ranked = !group.ready.empty() && !(fifo_ && group.acquired > 0);
  const Seq head = ranked ? *group.ready.begin() : Seq{};
  const std::uint64_t acquired = fifo_ ? 0 : group.acquired;
  if (group.ranked) {
    if (ranked && group.rank_acquired == acquired && group.rank_head == head) return;
    ranks_.erase({group.rank_acquired, group.rank_head, hash});
  }
  group.ranked = ranked;
  group.rank_acquired = acquired;
  group.rank_head = head;
  if (ranked) ranks_.insert({acquired, head, hash});
}

void Slots::add(Seq seq, const Slot& slot) {
  const bool added = slots_.emplace(seq, slot).second;
  check(added, "a message has one slot");
  enter(seq, slot);
}

void Slots::remove(Seq seq) {
  const auto at = slots_.find(seq);
  check(at != slots_.end());
  leave(seq, at->second);
  slots_.erase(at);
}

const Slot* Slots::find(Seq seq) const {
  const auto at = slots_.find(seq);
  return at == slots_.end() ? nullptr : &at->second;
}

void Slots::acquire(Seq seq, Time now, Time due) {
  auto& slot = slots_.at(seq);
  leave(seq, slot);
  slot.state = SlotState::acquired;
  slot.due = due;
  slot.acquired_at = now;
  if (slot.acquired++ == 0) slot.first_acquired = now;
  enter(seq, slot);
}

void Slots::change(Seq seq, SlotState state, Time due) {
  auto& slot = slots_.at(seq);
  leave(seq, slot);
  slot.state = state;
  slot.due = due;
  enter(seq, slot);
}

void Slots::set_due(Seq seq, Time due) { change(seq, slots_.at(seq).state, due); }

void Slots::postpone(Seq seq, Time due) { change(seq, SlotState::postponed, due); }

void Slots::reclaim() {
  std::vector<Seq> held;
  for (const auto& [due, seq] : due_) {
    if (slots_.at(seq).state == SlotState::acquired) held.push_back(seq);
  }
  for (const Seq seq : held) change(seq, SlotState::ready, {});
}

void Slots::advance(Time now) {
  while (next_due_ <= now) {
    const auto [due, seq] = *due_.begin();
    change(seq, SlotState::ready, due);
  }
}

void Slots::set_delay(Duration delay) {
  std::vector<Seq> changed;
  for (const auto& [seq, slot] : slots_) {
    if (slot.state == SlotState::delayed) changed.push_back(seq);
  }
  for (const Seq seq : changed) set_due(seq, slots_.at(seq).sent + delay);
}

void Slots::clear() {
  slots_.clear();
  groups_.clear();
  ranks_.clear();
  due_.clear();
  next_due_ = Time::max();
  acquired_ = 0;
  postponed_ = 0;
  delayed_ = 0;
}

const Slots::Group* Slots::group(GroupHash hash) const {
  const auto at = groups_.find(hash);
  return at == groups_.end() ? nullptr : &at->second;
}

void Slots::save(ByteWriter& out) const {
  std::vector<Seq> order;
  order.reserve(slots_.size());
  for (const auto& [seq, slot] : slots_) order.push_back(seq);
  std::ranges::sort(order);
  out.varint(order.size());
  for (const Seq seq : order) {
    const auto& slot = slots_.at(seq);
    out.varint(seq.get());
    out.u64(slot.group);
    out.i64(to_ms(slot.sent));
    out.u8(static_cast<std::uint8_t>(slot.state));
    if (slot.state != SlotState::ready) out.i64(to_ms(slot.due));
    out.varint(slot.acquired);
    if (slot.acquired > 0) {
      out.i64(to_ms(slot.acquired_at));
      out.i64(to_ms(slot.first_acquired));
    }
  }
}

Result<void> Slots::load(ByteReader& in) {
  clear();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const Seq seq(in.varint());
    Slot slot;
    slot.group = in.u64();
    slot.sent = from_ms(in.i64());
    const auto state = in.u8();
    if (state > static_cast<std::uint8_t>(SlotState::postponed) || contains(seq)) {
      return fail(ErrorCode::damaged, "the queue's slots cannot be read");
    }
    slot.state = static_cast<SlotState>(state);
    if (slot.state != SlotState::ready) slot.due = from_ms(in.i64());
    slot.acquired = static_cast<std::uint32_t>(in.varint());
    if (slot.acquired > 0) {
      slot.acquired_at = from_ms(in.i64());
      slot.first_acquired = from_ms(in.i64());
    }
    if (in.ok()) add(seq, slot);
  }
  return in.ok() ? Result<void>() : fail(ErrorCode::damaged, "the queue's slots are cut short");
}

}  // namespace millrace::broker
