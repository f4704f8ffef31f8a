#include "broker/topic/filter_postings.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::broker {
namespace {

constexpr std::size_t size_min = 8;

}  // namespace

void FilterPostings::add(std::uint64_t key, std::uint32_t number) {
  check(number < many, "the highest bit says that there are several");
  if ((used_ + 1) * 4 > keys_.size() * 3) resize(std::max(size_min, keys_.size() * 2));
  const std::size_t at = place(key);
  std::uint32_t& value = values_[at];
  if (value == none) {
    keys_[at] = key;
    value = number;
    ++used_;
  } else if ((value & many) != 0) {
    lists_[value & ~many].push_back(number);
  } else {
    if (free_lists_.empty()) {
      free_lists_.push_back(static_cast<std::uint32_t>(lists_.size()));
      lists_.emplace_back();
    }
    const std::uint32_t list = free_lists_.back();
    free_lists_.pop_back();
    lists_[list] = {value, number};
    value = list | many;
  }
}

void FilterPostings::remove(std::uint64_t key, std::uint32_t number) {
  check(!keys_.empty(), "only what was added is removed");
  const std::size_t at = place(key);
  std::uint32_t& value = values_[at];
  check(value != none, "only what was added is removed");
  if ((value & many) == 0) {
    check(value == number, "only what was added is removed");
    erase(at);
    return;
  }
  const std::uint32_t index = value & ~many;
  auto& list = lists_[index];
  const auto found = std::ranges::find(list, number);
  check(found != list.end(), "only what was added is removed");
  *found = list.back();
  list.pop_back();
  if (list.capacity() > 4 * list.size()) list.shrink_to_fit();
  if (list.size() > 1) return;
  value = list[0];
  list = {};
  free_lists_.push_back(index);
}

// Whoever stands behind the gap and could not stand at its own place moves up.
void FilterPostings::erase(std::size_t at) {
  for (std::size_t other = next(at); values_[other] != none; other = next(other)) {
    const std::size_t distance = (other - home(keys_[other])) & (keys_.size() - 1);
    if (distance < ((other - at) & (keys_.size() - 1))) continue;
    keys_[at] = keys_[other];
    values_[at] = values_[other];
    at = other;
  }
  values_[at] = none;
  --used_;
  if (keys_.size() > size_min && used_ * 8 < keys_.size()) resize(keys_.size() / 2);
}

void FilterPostings::resize(std::size_t size) {
  const auto keys = std::exchange(keys_, std::vector<std::uint64_t>(size));
  const auto values = std::exchange(values_, std::vector<std::uint32_t>(size, none));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (values[i] == none) continue;
    const std::size_t at = place(keys[i]);
    keys_[at] = keys[i];
    values_[at] = values[i];
  }
}

std::size_t FilterPostings::memory_bytes() const {
  std::size_t bytes = keys_.capacity() * sizeof(std::uint64_t) + values_.capacity() * sizeof(std::uint32_t) +
                      lists_.capacity() * sizeof(lists_[0]) + free_lists_.capacity() * sizeof(std::uint32_t);
  for (const auto& list : lists_) bytes += list.capacity() * sizeof(std::uint32_t);
  return bytes;
}

}  // namespace millrace::broker
