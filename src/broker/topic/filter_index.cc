#include "broker/topic/filter_index.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace millrace::broker {
namespace {

std::uint64_t code_key(std::string_view code) { return FilterKey(0, FilterOp::wildcard).add(code).get(); }

}  // namespace

// How many candidates a message that has the path is expected to bring, roughly.
std::uint64_t FilterIndex::cost_of(const FilterClause& clause) const {
  const Path* path = find_path(clause.path);
  std::uint64_t cost = 0;
  for (ByteReader in(clause.conditions); in.remaining() > 0;) {
    const FilterAccess access = filter_access(clause.path, decode_condition(in));
    if (access.by != FilterAccess::By::range) {
      cost += access.weight + postings_.count(access.key);
      continue;
    }
    const std::uint64_t ranges = path != nullptr && path->ranges ? path->ranges->size() : 0;
    const bool half = access.low == -filter_number_max || access.high == filter_number_max;
    cost += half ? few_values_weight + ranges / 2 : access.weight + ranges / 16;
  }
  return cost;
}

void FilterIndex::choose_access(std::uint32_t policy, const FilterCode& code) {
  if (code.clauses.empty()) return postings_.add(everything_key(), policy);
  std::vector<std::uint64_t> costs;
  for (const FilterClause& clause : code.clauses) costs.push_back(cost_of(clause));
  std::vector<std::uint32_t> chosen;
  for (const auto& branch : code.branches) {
    chosen.push_back(*std::ranges::min_element(branch, {}, [&](std::uint32_t clause) { return costs[clause]; }));
  }
  std::ranges::sort(chosen);
  const auto doubles = std::ranges::unique(chosen);
  chosen.erase(doubles.begin(), doubles.end());
  for (const std::uint32_t clause : chosen) change_access(policy, code.clauses[clause], true);
  if (chosen.size() == 1) {
    policies_[policy].access = chosen[0];
  } else {
    more_access_.emplace(policy, std::move(chosen));
  }
}

std::vector<std::uint32_t> FilterIndex::access_of(std::uint32_t policy) const {
  if (policies_[policy].access != none) return {policies_[policy].access};
  const auto more = more_access_.find(policy);
  return more == more_access_.end() ? std::vector<std::uint32_t>() : more->second;
}

void FilterIndex::change_access(std::uint32_t policy, const FilterClause& clause, bool add) {
  Path& path = path_for(clause.path);
  for (ByteReader in(clause.conditions); in.remaining() > 0;) {
    const FilterAccess access = filter_access(clause.path, decode_condition(in));
    if (access.by == FilterAccess::By::range) {
      if (!path.ranges) path.ranges = std::make_unique<FilterRanges>();
      if (add) {
        path.ranges->add(access.low, access.high, policy);
      } else {
        path.ranges->remove(access.low, access.high, policy);
        if (path.ranges->size() == 0) path.ranges.reset();
      }
    } else if (add) {
      postings_.add(access.key, policy);
    } else {
      postings_.remove(access.key, policy);
    }
    use_path(path, access, add ? 1 : -1);
  }
  if (path.uses == 0) release_path(path_index(clause.path));
}

// --- paths ---

std::uint32_t FilterIndex::path_index(std::uint64_t id) const {
  std::uint32_t index = none;
  by_path_.for_each(id, [&](std::uint32_t each) { index = each; });
  return index;
}

const FilterIndex::Path* FilterIndex::find_path(std::uint64_t id) const {
  const std::uint32_t index = path_index(id);
  return index == none ? nullptr : &paths_[index];
}

FilterIndex::Path& FilterIndex::path_for(std::uint64_t id) {
  std::uint32_t index = path_index(id);
  if (index != none) return paths_[index];
  if (free_paths_.empty()) {
    free_paths_.push_back(static_cast<std::uint32_t>(paths_.size()));
    paths_.emplace_back();
  }
  index = free_paths_.back();
  free_paths_.pop_back();
  paths_[index].id = id;
  by_path_.add(id, index);
  return paths_[index];
}

void FilterIndex::release_path(std::uint32_t index) {
  by_path_.remove(paths_[index].id, index);
  paths_[index] = {};
  free_paths_.push_back(index);
}

void FilterIndex::use_path(Path& path, const FilterAccess& access, int change) {
  const auto count = [&](std::uint32_t& uses) { return uses += static_cast<std::uint32_t>(change); };
  count(path.uses);
  switch (access.by) {
    case FilterAccess::By::exact: count(path.exact); return;
    case FilterAccess::By::ignore_case: count(path.ignore_case); return;
    case FilterAccess::By::present: count(path.present); return;
    case FilterAccess::By::range: return;
    case FilterAccess::By::absent:
      if (path.absent == 0) absent_paths_.push_back(path.id);
      if (count(path.absent) == 0) std::erase(absent_paths_, path.id);
      return;
    case FilterAccess::By::length: break;
  }
  const auto order = [](const Length& length) { return std::tuple(length.op, length.address_size, length.length); };
  const auto wanted = std::tuple(access.op, access.address_size, access.length);
  auto at = std::ranges::lower_bound(path.lengths, wanted, {}, order);
  if (at == path.lengths.end() || order(*at) != wanted) {
    at = path.lengths.insert(at, {access.op, access.address_size, access.length, 0});
  }
  if (count(at->uses) == 0) path.lengths.erase(at);
}

// --- policies and slots ---

std::uint32_t FilterIndex::intern(std::shared_ptr<const FilterPolicy> policy) {
  const std::string_view code = policy->code();
  const std::uint64_t key = code_key(code);
  std::uint32_t found = none;
  interned_.for_each(key, [&](std::uint32_t each) {
    if (policies_[each].policy->code() == code) found = each;
  });
  if (found != none) return found;
  if (free_policies_.empty()) {
    free_policies_.push_back(static_cast<std::uint32_t>(policies_.size()));
    policies_.emplace_back();
  }
  found = free_policies_.back();
  free_policies_.pop_back();
  interned_.add(key, found);
  policy_bytes_ += policy->memory_bytes();
  policies_[found] = {.policy = std::move(policy)};
  choose_access(found, FilterCode(policies_[found].policy->code()));
  return found;
}

void FilterIndex::forget(std::uint32_t policy) {
  Policy& entry = policies_[policy];
  const FilterCode code(entry.policy->code());
  if (code.clauses.empty()) postings_.remove(everything_key(), policy);
  for (const std::uint32_t clause : access_of(policy)) change_access(policy, code.clauses[clause], false);
  more_access_.erase(policy);
  interned_.remove(code_key(entry.policy->code()), policy);
  policy_bytes_ -= entry.policy->memory_bytes();
  entry = {};
  free_policies_.push_back(policy);
}

void FilterIndex::add(std::uint32_t slot, std::shared_ptr<const FilterPolicy> policy) {
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  check(slots_[slot].policy == none, "a slot has one policy at a time");
  const std::uint32_t index = intern(std::move(policy));
  Policy& entry = policies_[index];
  slots_[slot] = {.policy = index, .next = entry.first_slot, .previous = none};
  if (entry.first_slot != none) slots_[entry.first_slot].previous = slot;
  entry.first_slot = slot;
  ++slots_used_;
}

void FilterIndex::remove(std::uint32_t slot) {
  if (slot >= slots_.size() || slots_[slot].policy == none) return;
  const Slot gone = std::exchange(slots_[slot], {});
  Policy& entry = policies_[gone.policy];
  if (gone.next != none) slots_[gone.next].previous = gone.previous;
  if (gone.previous != none) {
    slots_[gone.previous].next = gone.next;
  } else {
    entry.first_slot = gone.next;
  }
  --slots_used_;
  if (entry.first_slot == none) forget(gone.policy);
}

// --- matching ---

template <class LookUp>
void FilterIndex::match_text(const Path& path, std::string_view text, const LookUp& look_up) const {
  if (path.ignore_case > 0) {
    FilterKey key(path.id, FilterOp::ignore_case);
    for (const char c : text) key.add(filter_fold(c));
    look_up(key.get());
  }
  if (path.lengths.empty()) return;
  // A text's beginnings and ends are hashed on from the shorter to the longer.
  FilterKey prefix(path.id, FilterOp::prefix), suffix(path.id, FilterOp::suffix);
  std::size_t prefix_done = 0, suffix_done = 0;
  std::optional<FilterAddress> address;
  bool address_read = false;
  for (const Length& length : path.lengths) {
    if (length.op == FilterOp::cidr) {
      if (!std::exchange(address_read, true)) address = parse_filter_address(text);
      if (!address || address->size != length.address_size) continue;
      look_up(cidr_key(path.id, address->masked(length.length).view(), length.length));
    } else if (length.length > text.size()) {
      continue;
    } else if (length.op == FilterOp::prefix) {
      for (; prefix_done < length.length; ++prefix_done) prefix.add(text[prefix_done]);
      look_up(prefix.get());
    } else {
      for (; suffix_done < length.length; ++suffix_done) suffix.add(text[text.size() - 1 - suffix_done]);
      look_up(suffix.get());
    }
  }
}

void FilterIndex::match(const FilterEvent& event, std::vector<std::uint32_t>& slots_out) const {
  if (++match_ == 0) {
    for (const Policy& policy : policies_) policy.seen = 0;
    match_ = 1;
  }
  compared_ = 0;
  const std::size_t before = slots_out.size();
  FilterHint hint;
  const FilterHint* found_by = nullptr;
  const auto consider = [&](std::uint32_t index) {
    const Policy& policy = policies_[index];
    if (policy.seen == match_) return;
    policy.seen = match_;
    ++compared_;
    if (!policy.policy->matches(event, found_by)) return;
    for (auto slot = policy.first_slot; slot != none; slot = slots_[slot].next) slots_out.push_back(slot);
  };
  const auto look_up = [&](std::uint64_t key) { postings_.for_each(key, consider); };

  look_up(everything_key());
  for (const FilterEvent::Group& group : event.groups()) {
    const Path* path = find_path(group.path);
    if (path == nullptr) continue;
    if (path->present > 0) look_up(present_key(path->id));
    numbers_.clear();
    for (std::uint32_t i = group.begin; i < group.end; ++i) {
      const FilterValue value = event.value(i);
      hint = {group.path, value};
      found_by = &hint;
      if (path->exact > 0) look_up(exact_key(path->id, value));
      if (value.kind == FilterKind::number) numbers_.push_back(value.number);
      if (value.kind == FilterKind::string) match_text(*path, value.text, look_up);
    }
    found_by = nullptr;
    if (path->ranges && !numbers_.empty()) path->ranges->for_each(numbers_, consider);
  }
  for (const std::uint64_t id : absent_paths_) {
    if (event.find(id) == nullptr) look_up(absent_key(id));
  }
  std::sort(slots_out.begin() + static_cast<std::ptrdiff_t>(before), slots_out.end());
}

std::size_t FilterIndex::memory_bytes() const {
  std::size_t bytes = sizeof *this + policy_bytes_ + policies_.capacity() * sizeof(Policy) +
                      free_policies_.capacity() * sizeof(std::uint32_t) + slots_.capacity() * sizeof(Slot) +
                      postings_.memory_bytes() + interned_.memory_bytes() + by_path_.memory_bytes() +
                      paths_.capacity() * sizeof(Path) + free_paths_.capacity() * sizeof(std::uint32_t) +
                      absent_paths_.capacity() * sizeof(std::uint64_t);
  for (const Path& path : paths_) {
    bytes += path.lengths.capacity() * sizeof(Length) + (path.ranges ? path.ranges->memory_bytes() : 0);
  }
  return bytes + more_access_.size() * 64;
}

}  // namespace millrace::broker
