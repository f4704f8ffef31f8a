// Timers: what a core has to run later, in order of deadline. Owned by one core; no thread safety, no clock of its own.
//
// A 4-ary heap over slots that know their place in it: adding, cancelling and taking are O(log n), the earliest
// deadline is O(1), and a hundred thousand timers cost about 80 bytes each. Timers of one deadline run in the order
// they were added.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "base/callback.h"
#include "env/core.h"

namespace millrace::env {

class Timers {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  TimerId add(std::uint64_t deadline_ns, Callback<void()> task);
  // Takes the task out, to be destroyed by the caller when its own state is in order; empty when there is no such
  // timer.
  Callback<void()> cancel(TimerId timer);
  // The deadline of the earliest timer, or `never`.
  std::uint64_t earliest() const { return heap_.empty() ? never : heap_.front().deadline; }
  // A mark for take_due: timers added after it are left for the next round.
  std::uint64_t mark() const { return next_sequence_; }
  // Takes the earliest timer if its deadline is not after `now_ns` and it was added before `mark`; otherwise empty.
  Callback<void()> take_due(std::uint64_t now_ns, std::uint64_t mark);
  std::size_t size() const { return heap_.size(); }

 private:
  // An id is a slot and how often the slot was used before, so ids are never reused: 2^24 slots, 2^40 uses each.
  static constexpr unsigned slot_bits = 24;

  struct Entry {
    std::uint64_t deadline;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool before(const Entry& other) const {
      return deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence;
    }
  };
  struct Slot {
    Callback<void()> task;
    std::uint64_t uses = 1;  // from 1, so that no id is 0
    std::uint32_t place = 0;
  };

  Callback<void()> take(std::uint32_t place);
  void settle_up(std::uint32_t place, Entry entry);
  void settle_down(std::uint32_t place, Entry entry);
  void put(std::uint32_t place, const Entry& entry) {
    heap_[place] = entry;
    slots_[entry.slot].place = place;
  }

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace millrace::env
