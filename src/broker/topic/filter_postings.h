// FilterPostings: from a key of 64 well mixed bits to the numbers that were added under it. Most keys have one number,
// which then takes 12 bytes of a table that is half to three quarters full.
//
// Keys are hashes and stand for themselves: whoever needs to know checks what the numbers stand for.
#pragma once
#include <cstdint>
#include <vector>

namespace millrace::broker {

class FilterPostings {
 public:
  // The same may be added again, and is then to be removed again.
  void add(std::uint64_t key, std::uint32_t number);
  // It must have been added.
  void remove(std::uint64_t key, std::uint32_t number);

  std::size_t count(std::uint64_t key) const {
    const std::uint32_t value = find(key);
    return value == none ? 0 : value & many ? lists_[value & ~many].size() : 1;
  }

  // Nothing may be added or removed meanwhile.
  template <class Use>
  void for_each(std::uint64_t key, Use&& use) const {
    const std::uint32_t value = find(key);
    if (value == none) return;
    if ((value & many) == 0) return use(value);
    for (const std::uint32_t number : lists_[value & ~many]) use(number);
  }

  std::size_t memory_bytes() const;

 private:
  // What stands with a key: a number, or where its list is.
  static constexpr std::uint32_t many = 1u << 31;
  static constexpr std::uint32_t none = UINT32_MAX;

  std::size_t home(std::uint64_t key) const { return key & (keys_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (keys_.size() - 1); }
  // Where the key is, or the free place where it would be.
  std::size_t place(std::uint64_t key) const {
    std::size_t at = home(key);
    while (values_[at] != none && keys_[at] != key) at = next(at);
    return at;
  }
  std::uint32_t find(std::uint64_t key) const { return keys_.empty() ? none : values_[place(key)]; }
  void resize(std::size_t size);
  void erase(std::size_t at);

  std::vector<std::uint64_t> keys_;  // a power of two, or empty
  std::vector<std::uint32_t> values_;
  std::size_t used_ = 0;
  std::vector<std::vector<std::uint32_t>> lists_;
  std::vector<std::uint32_t> free_lists_;
};

}  // namespace millrace::broker
