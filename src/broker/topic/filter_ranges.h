// FilterRanges: ranges of numbers, each with a number of its own, and which of them hold a value: as many steps as there
// are such ranges, times the logarithm of how many there are in all.
//
// A search tree by the lower end in which each node knows the highest upper end below it, balanced by random-looking
// priorities (a treap).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace millrace::broker {

class FilterRanges {
 public:
  // Both ends belong to it. The same may be added again, and is then to be removed again.
  void add(std::int64_t low, std::int64_t high, std::uint32_t number);
  // It must have been added.
  void remove(std::int64_t low, std::int64_t high, std::uint32_t number);

  std::size_t size() const { return nodes_.size() - free_; }

  // Calls use(number) for each range that holds one of the values, which ascend. Of several values maybe more than once.
  template <class Use>
  void for_each(std::span<const std::int64_t> values, Use&& use) const {
    // Many values, which arrays have: one walk over what lies between the first and the last costs less than one each.
    if (values.size() > separate_max) return visit(root_, values, use);
    for (const std::int64_t& value : values) visit(root_, {&value, 1}, use);
  }

  std::size_t memory_bytes() const { return nodes_.capacity() * sizeof(Node); }

 private:
  static constexpr std::size_t separate_max = 8;
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Node {
    std::int64_t low;
    std::int64_t high;
    std::int64_t highest;  // of this node and all below it
    std::uint32_t number;
    std::uint32_t left;
    std::uint32_t right;
  };

  template <class Use>
  void visit(std::uint32_t at, std::span<const std::int64_t> values, Use& use) const {
    while (at != none && nodes_[at].highest >= values.front()) {
      const Node& node = nodes_[at];
      visit(node.left, values, use);
      if (node.low > values.back()) return;
      if (holds(node, values)) use(node.number);
      at = node.right;
    }
  }
  static bool holds(const Node& node, std::span<const std::int64_t> values);

  bool before(std::uint32_t a, std::uint32_t b) const;
  std::uint64_t priority(std::uint32_t at) const;
  void refresh(std::uint32_t at);
  void split(std::uint32_t at, std::uint32_t by, std::uint32_t& left, std::uint32_t& right);
  std::uint32_t joined(std::uint32_t left, std::uint32_t right);
  std::uint32_t with(std::uint32_t at, std::uint32_t added);
  std::uint32_t without(std::uint32_t at, std::uint32_t like, std::uint32_t& removed);

  std::vector<Node> nodes_;
  std::uint32_t root_ = none;
  std::uint32_t first_free_ = none;  // chained by `left`
  std::size_t free_ = 0;
};

}  // namespace millrace::broker
