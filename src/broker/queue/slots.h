// Slots: the messages of a queue that were taken out of line, and the order in which they may be taken again.
//
// A slot is ready (waiting, though the cursor has passed it), acquired (somebody has it until its deadline), postponed (who
// had it wants it again later: counted as acquired, though nobody has it) or delayed (nobody may have it before its time).
// Groups are kept by a 64-bit hash of their name: two names that collide are treated as one group, which costs parallelism
// and nothing else.
//
// The order: groups are ranked; within a group the oldest comes first. A FIFO queue ranks groups by their oldest ready
// message and leaves out those with a message in flight. A standard queue ranks by how many messages of the group are
// in flight, and then by age, so that a busy group does not hold up the quiet ones; without groups that is plain age.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/result.h"
#include "base/time.h"
#include "broker/queue/types.h"

namespace millrace::broker {

// Hash of a group's name; 0 means no group.
using GroupHash = std::uint64_t;
GroupHash group_hash(std::string_view group);

enum class SlotState : std::uint8_t { ready, acquired, delayed, postponed };

struct Slot {
  GroupHash group = 0;
  Time sent{};
  Time due{};          // acquired: end of visibility; delayed, postponed: when it becomes ready
  Time acquired_at{};  // the last time
  Time first_acquired{};
  std::uint32_t acquired = 0;  // times, in this queue
  SlotState state = SlotState::ready;
};

class Slots {
 public:
  explicit Slots(bool fifo = false) : fifo_(fifo) {}

  void set_fifo(bool fifo) { fifo_ = fifo; }
  void add(Seq seq, const Slot& slot);
  void remove(Seq seq);
  const Slot* find(Seq seq) const;
  bool contains(Seq seq) const { return slots_.contains(seq); }
  void acquire(Seq seq, Time now, Time due);
  void set_due(Seq seq, Time due);
  void postpone(Seq seq, Time due);
  // Acquired slots become ready.
  void reclaim();
  // Slots whose time has come become ready.
  void advance(Time now);
  void clear();
  // FIFO: the queue's delay has changed, and with it the time of the messages that are delayed now.
  void set_delay(Duration delay);

  std::size_t size() const { return slots_.size(); }
  std::uint64_t acquired() const { return acquired_; }  // with those that are postponed
  std::uint64_t postponed() const { return postponed_; }
  std::uint64_t delayed() const { return delayed_; }
  std::uint64_t ready() const { return slots_.size() - acquired_ - delayed_; }
  // When advance() will change something; Time::max() for never.
  Time next_due() const { return next_due_; }

  struct Group {
    std::set<Seq> ready;
    std::uint64_t acquired = 0;
    std::uint64_t slots = 0;
    bool ranked = false;
    std::uint64_t rank_acquired = 0;
    Seq rank_head{};
  };
  const Group* group(GroupHash hash) const;
  std::size_t groups() const { return groups_.size(); }

  // Visits ready slots in the order above until `visit` returns false. In a standard queue one message of each group
  // comes before the second of any, beginning with the groups that have the fewest in flight. The slots must not change
  // meanwhile.
  template <class Visit>
  void for_each_ready(Visit&& visit) const;

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [seq, slot] : slots_) visit(seq, slot);
  }

  // A hint that advance() comes soon.
  void read_ahead() const { prefetch_memory(&next_due_); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  struct Rank {
    std::uint64_t acquired;
    Seq head;
    GroupHash group;
    auto operator<=>(const Rank&) const = default;
  };
  static constexpr std::size_t groups_looked_at_max = 64;

  void enter(Seq seq, const Slot& slot);
  void leave(Seq seq, const Slot& slot);
  void rank(GroupHash hash, Group& group);
  void change(Seq seq, SlotState state, Time due);
  void wait_until(Time due, Seq seq);
  void wait_no_more(Time due, Seq seq);

  bool fifo_;
  std::unordered_map<Seq, Slot> slots_;
  std::unordered_map<GroupHash, Group> groups_;
  std::set<Rank> ranks_;
  std::set<std::pair<Time, Seq>> due_;
  Time next_due_ = Time::max();  // the first of due_, which is looked at whenever a message comes
  std::uint64_t acquired_ = 0;
  std::uint64_t postponed_ = 0;
  std::uint64_t delayed_ = 0;
};

template <class Visit>
void Slots::for_each_ready(Visit&& visit) const {
  if (fifo_ || ranks_.size() <= 1) {
    for (const auto& rank : ranks_) {
      for (const Seq seq : groups_.at(rank.group).ready) {
        if (!visit(seq)) return;
      }
    }
    return;
  }
  struct Turn {
    Rank rank;
    std::set<Seq>::const_iterator next;
    std::set<Seq>::const_iterator end;
  };
  std::vector<Turn> turns;
  for (const auto& rank : ranks_) {
    if (turns.size() == groups_looked_at_max) break;
    const auto& ready = groups_.at(rank.group).ready;
    turns.push_back({rank, ready.begin(), ready.end()});
  }
  while (!turns.empty()) {
    const auto least = std::ranges::min_element(turns, {}, &Turn::rank);
    if (!visit(*least->next)) return;
    ++least->rank.acquired;
    if (++least->next == least->end) {
      turns.erase(least);
    } else {
      least->rank.head = *least->next;
    }
  }
}

}  // namespace millrace::broker
