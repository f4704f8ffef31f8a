#include "broker/topic/filter_policy.h"

#include <algorithm>

#include "broker/topic/filter_code.h"

namespace millrace::broker {
namespace {

bool is_about_values(FilterOp op) { return op != FilterOp::exists && op != FilterOp::absent; }

bool meets_clause(const FilterClause& clause, const FilterEvent& event, const FilterHint* hint) {
  if (hint != nullptr && hint->path == clause.path) {
    for (ByteReader in(clause.conditions); in.remaining() > 0;) {
      const FilterCondition condition = decode_condition(in);
      if (is_about_values(condition.op) && meets(condition, hint->value)) return true;
    }
  }
  const auto* group = event.find(clause.path);
  for (ByteReader in(clause.conditions); in.remaining() > 0;) {
    if (meets(decode_condition(in), event, group)) return true;
  }
  return false;
}

// Nearly all policies: nothing is unpacked.
bool meets_all_clauses(ByteReader& in, const FilterEvent& event, const FilterHint* hint) {
  for (auto left = in.varint(); left > 0; --left) {
    if (!meets_clause(decode_clause(in), event, hint)) return false;
  }
  return true;
}

bool meets_some_branch(const FilterCode& code, const FilterEvent& event, const FilterHint* hint) {
  enum class Met : std::uint8_t { unknown, yes, no };
  std::vector<Met> met(code.clauses.size(), Met::unknown);
  const auto meets_one = [&](std::uint32_t index) {
    if (met[index] == Met::unknown) met[index] = meets_clause(code.clauses[index], event, hint) ? Met::yes : Met::no;
    return met[index] == Met::yes;
  };
  return std::ranges::any_of(code.branches, [&](const auto& branch) { return std::ranges::all_of(branch, meets_one); });
}

}  // namespace

bool FilterPolicy::matches(const FilterEvent& event, const FilterHint* hint) const {
  ByteReader in(code_);
  if (in.varint() == 1) return meets_all_clauses(in, event, hint);
  return meets_some_branch(FilterCode(code_), event, hint);
}

bool FilterPolicy::matches_everything() const {
  ByteReader in(code_);
  return in.varint() == 1 && in.varint() == 0;
}

}  // namespace millrace::broker
