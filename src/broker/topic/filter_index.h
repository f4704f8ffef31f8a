// FilterIndex: the policies of one scope of a topic's subscriptions, and which subscriptions a message goes to. A
// publication costs what its own values and the matching policies cost, not what all policies do.
//
// Policies that mean the same are one. Of each branch of a policy one clause is its access: the policy is found through
// that clause's conditions, and then compared in full. As access the clause is taken whose conditions are shared with
// the fewest other policies at that moment, so that a name which all policies have in common is not what they are
// looked up by. A condition is looked up by
//   a hash of path and value         exact values and equals-ignore-case
//   a hash of path and so many bytes prefixes, suffixes and wildcards that begin or end with text, cidr; for each length
//                                    that some policy of that path has
//   the ranges that hold a number    filter_ranges.h
//   the path alone                   exists, anything-but and other wildcards, when it is present; {"exists": false}
//                                    when it is missing. These match nearly always.
//
// Owned by a topic; used on its lane's core only: matching uses memory that the index keeps.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/topic/filter_access.h"
#include "broker/topic/filter_code.h"
#include "broker/topic/filter_policy.h"
#include "broker/topic/filter_postings.h"
#include "broker/topic/filter_ranges.h"

namespace millrace::broker {

class FilterIndex {
 public:
  FilterIndex() = default;
  FilterIndex(const FilterIndex&) = delete;
  FilterIndex& operator=(const FilterIndex&) = delete;

  // Slots are the caller's numbers for subscriptions, small since there is a table of them. It must be free.
  void add(std::uint32_t slot, std::shared_ptr<const FilterPolicy> policy);
  // Nothing happens to a slot without a policy.
  void remove(std::uint32_t slot);

  // Appends the slots whose policies match, ascending.
  void match(const FilterEvent& event, std::vector<std::uint32_t>& slots_out) const;

  // How many policies the last match compared in full.
  std::size_t compared() const { return compared_; }
  std::size_t slots() const { return slots_used_; }
  std::size_t policies() const { return policies_.size() - free_policies_.size(); }
  // What it takes in memory, with the policies.
  std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Policy {
    std::shared_ptr<const FilterPolicy> policy;
    std::uint32_t first_slot = none;  // of those that have it; chained
    // The clause that is its access, or with several branches none: they are in more_access_.
    std::uint32_t access = none;
    mutable std::uint32_t seen = 0;  // the match that looked at it last
  };
  struct Slot {
    std::uint32_t policy = none;
    std::uint32_t next = none;
    std::uint32_t previous = none;
  };
  // How many bytes (bits, of addresses) of a value are looked up.
  struct Length {
    FilterOp op;
    std::uint8_t address_size;  // of cidr
    std::uint32_t length;
    std::uint32_t uses;
  };
  // What access needs to know about a path.
  struct Path {
    std::uint64_t id = 0;
    std::uint32_t uses = 0;
    std::uint32_t exact = 0;
    std::uint32_t ignore_case = 0;
    std::uint32_t present = 0;
    std::uint32_t absent = 0;
    std::vector<Length> lengths;  // ascending by op, then length
    std::unique_ptr<FilterRanges> ranges;
  };
  std::uint32_t intern(std::shared_ptr<const FilterPolicy> policy);
  void forget(std::uint32_t policy);
  void choose_access(std::uint32_t policy, const FilterCode& code);
  std::uint64_t cost_of(const FilterClause& clause) const;
  void change_access(std::uint32_t policy, const FilterClause& clause, bool add);
  std::vector<std::uint32_t> access_of(std::uint32_t policy) const;
  Path& path_for(std::uint64_t id);
  const Path* find_path(std::uint64_t id) const;
  void use_path(Path& path, const FilterAccess& access, int change);
  void release_path(std::uint32_t index);
  std::uint32_t path_index(std::uint64_t id) const;
  template <class LookUp>
  void match_text(const Path& path, std::string_view text, const LookUp& look_up) const;

  std::vector<Policy> policies_;
  std::vector<std::uint32_t> free_policies_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> more_access_;
  std::vector<Slot> slots_;
  std::size_t slots_used_ = 0;
  std::size_t policy_bytes_ = 0;

  FilterPostings postings_;  // access keys to policies
  FilterPostings interned_;  // hashes of codes to policies
  FilterPostings by_path_;   // ids of paths to indices in paths_
  std::vector<Path> paths_;
  std::vector<std::uint32_t> free_paths_;
  std::vector<std::uint64_t> absent_paths_;  // those that some policy wants missing

  mutable std::vector<std::int64_t> numbers_;  // of one path
  mutable std::uint32_t match_ = 0;
  mutable std::size_t compared_ = 0;
};

}  // namespace millrace::broker
