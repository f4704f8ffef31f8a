// SlotTable: finds small numbers (slots) by what is stored under them. Open addressing with linear probing, four bytes a
// place: a million subscriptions are indexed in a few megabytes. The keys stay where they are; callers pass hashes and
// compare.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "base/check.h"

namespace millrace::broker {

class SlotTable {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  // The slot with this hash for which `same` holds; none if there is none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same same) const {
    if (places_.empty()) return none;
    for (auto at = home(hash); places_[at] != none; at = next(at)) {
      if (same(places_[at])) return places_[at];
    }
    return none;
  }

  // `hash_of` gives the hash of a slot that is in the table already.
  template <class HashOf>
  void insert(std::uint32_t slot, std::uint64_t hash, HashOf hash_of) {
    if ((count_ + 1) * 4 > places_.size() * 3) grow(hash_of);
    place(slot, hash);
    ++count_;
  }

  // The slot must be in the table. Moves what probed past it, so that no gaps are left behind.
  template <class HashOf>
  void erase(std::uint32_t slot, std::uint64_t hash, HashOf hash_of) {
    auto gap = home(hash);
    while (places_[gap] != slot) {
      check(places_[gap] != none, "what is erased is in the table");
      gap = next(gap);
    }
    for (auto at = next(gap); places_[at] != none; at = next(at)) {
      const auto wanted = home(hash_of(places_[at]));
      const bool stays = gap <= at ? gap < wanted && wanted <= at : gap < wanted || wanted <= at;
      if (stays) continue;
      places_[gap] = places_[at];
      gap = at;
    }
    places_[gap] = none;
    --count_;
  }

  std::size_t size() const { return count_; }

 private:
  static constexpr std::size_t places_min = 8;

  std::size_t home(std::uint64_t hash) const { return static_cast<std::size_t>(hash) & (places_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }

  void place(std::uint32_t slot, std::uint64_t hash) {
    auto at = home(hash);
    while (places_[at] != none) at = next(at);
    places_[at] = slot;
  }

  template <class HashOf>
  void grow(HashOf hash_of) {
    std::vector<std::uint32_t> before(places_.empty() ? places_min : places_.size() * 2, none);
    before.swap(places_);
    for (const auto slot : before) {
      if (slot != none) place(slot, hash_of(slot));
    }
  }

  std::vector<std::uint32_t> places_;  // a power of two
  std::size_t count_ = 0;
};

}  // namespace millrace::broker
