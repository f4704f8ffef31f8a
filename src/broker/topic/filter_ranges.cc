#include "broker/topic/filter_ranges.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "broker/topic/filter_value.h"

namespace millrace::broker {

bool FilterRanges::holds(const Node& node, std::span<const std::int64_t> values) {
  const auto at = std::ranges::lower_bound(values, node.low);
  return at != values.end() && *at <= node.high;
}

bool FilterRanges::before(std::uint32_t a, std::uint32_t b) const {
  const Node &x = nodes_[a], &y = nodes_[b];
  return std::tie(x.low, x.high, x.number) < std::tie(y.low, y.high, y.number);
}

std::uint64_t FilterRanges::priority(std::uint32_t at) const { return filter_mixed(at + 0x9E3779B97F4A7C15ull); }

void FilterRanges::refresh(std::uint32_t at) {
  Node& node = nodes_[at];
  node.highest = node.high;
  if (node.left != none) node.highest = std::max(node.highest, nodes_[node.left].highest);
  if (node.right != none) node.highest = std::max(node.highest, nodes_[node.right].highest);
}

// What is before `by` goes left, the rest right.
void FilterRanges::split(std::uint32_t at, std::uint32_t by, std::uint32_t& left, std::uint32_t& right) {
  if (at == none) {
    left = right = none;
  } else if (before(at, by)) {
    left = at;
    split(nodes_[at].right, by, nodes_[at].right, right);
    refresh(at);
  } else {
    right = at;
    split(nodes_[at].left, by, left, nodes_[at].left);
    refresh(at);
  }
}

std::uint32_t FilterRanges::joined(std::uint32_t left, std::uint32_t right) {
  if (left == none) return right;
  if (right == none) return left;
  if (priority(left) > priority(right)) {
    nodes_[left].right = joined(nodes_[left].right, right);
    refresh(left);
    return left;
  }
  nodes_[right].left = joined(left, nodes_[right].left);
  refresh(right);
  return right;
}

std::uint32_t FilterRanges::with(std::uint32_t at, std::uint32_t added) {
  if (at == none) return added;
  if (priority(added) > priority(at)) {
    split(at, added, nodes_[added].left, nodes_[added].right);
    at = added;
  } else if (before(added, at)) {
    nodes_[at].left = with(nodes_[at].left, added);
  } else {
    nodes_[at].right = with(nodes_[at].right, added);
  }
  refresh(at);
  return at;
}

// `like` is a node outside the tree that is equal to the one that leaves.
std::uint32_t FilterRanges::without(std::uint32_t at, std::uint32_t like, std::uint32_t& removed) {
  check(at != none, "only what was added is removed");
  if (before(like, at)) {
    nodes_[at].left = without(nodes_[at].left, like, removed);
  } else if (before(at, like)) {
    nodes_[at].right = without(nodes_[at].right, like, removed);
  } else {
    removed = at;
    return joined(nodes_[at].left, nodes_[at].right);
  }
  refresh(at);
  return at;
}

void FilterRanges::add(std::int64_t low, std::int64_t high, std::uint32_t number) {
  std::uint32_t at = first_free_;
  if (at != none) {
    first_free_ = nodes_[at].left;
    --free_;
  } else {
    at = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  nodes_[at] = {.low = low, .high = high, .highest = high, .number = number, .left = none, .right = none};
  root_ = with(root_, at);
}

void FilterRanges::remove(std::int64_t low, std::int64_t high, std::uint32_t number) {
  const auto like = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({.low = low, .high = high, .highest = high, .number = number, .left = none, .right = none});
  std::uint32_t removed = none;
  root_ = without(root_, like, removed);
  nodes_.pop_back();
  nodes_[removed].left = first_free_;
  first_free_ = removed;
  ++free_;
  if (root_ == none) *this = {};
}

}  // namespace millrace::broker
