#include "env/real/timers.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::env {
namespace {
constexpr std::uint32_t children = 4;
}

TimerId Timers::add(std::uint64_t deadline_ns, Callback<void()> task) {
  std::uint32_t slot;
  if (free_.empty()) {
    check(slots_.size() < (std::size_t{1} << slot_bits), "a core has fewer than 2^24 timers at once");
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].task = std::move(task);
  heap_.emplace_back();
  settle_up(static_cast<std::uint32_t>(heap_.size() - 1), Entry{deadline_ns, next_sequence_++, slot});
  return TimerId(slots_[slot].uses << slot_bits | slot);
}

Callback<void()> Timers::cancel(TimerId timer) {
  const auto slot = static_cast<std::uint32_t>(timer.get() & ((std::uint64_t{1} << slot_bits) - 1));
  // A slot's count of uses goes up when its timer leaves, so an id that is over matches nothing.
  if (slot >= slots_.size() || slots_[slot].uses != timer.get() >> slot_bits || !slots_[slot].task) return {};
  return take(slots_[slot].place);
}

Callback<void()> Timers::take_due(std::uint64_t now_ns, std::uint64_t mark) {
  if (heap_.empty() || heap_.front().deadline > now_ns || heap_.front().sequence >= mark) return {};
  return take(0);
}

Callback<void()> Timers::take(std::uint32_t place) {
  Slot& slot = slots_[heap_[place].slot];
  Callback<void()> task = std::exchange(slot.task, nullptr);
  ++slot.uses;
  free_.push_back(heap_[place].slot);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) {
    const bool rises = place > 0 && last.before(heap_[(place - 1) / children]);
    rises ? settle_up(place, last) : settle_down(place, last);
  }
  return task;
}

void Timers::settle_up(std::uint32_t place, Entry entry) {
  while (place > 0) {
    const std::uint32_t parent = (place - 1) / children;
    if (!entry.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void Timers::settle_down(std::uint32_t place, Entry entry) {
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = place * children + 1;
    if (first >= size) break;
    std::uint32_t least = first;
    for (std::uint32_t child = first + 1; child < std::min(first + children, size); ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

}  // namespace millrace::env
