// The compiled form of a filter policy: bytes that are the same for policies that mean the same, and small.
//
//   branches   varint count
//   clauses    varint count, then each: path u64, string of conditions. Ascending, each once.
//   the branches, each: varint count, varint indices of clauses. Ascending, each once. Nothing when there is but one
//   branch: it has all clauses.
//   condition  u8 operation, then what it compares with. Ascending within a clause, each once.
//
// A branch matches when all of its clauses do, a clause when one of its conditions does, a policy when one of its
// branches does. It lives in memory only, and may change with any version.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "broker/topic/filter_event.h"
#include "broker/topic/filter_value.h"

namespace millrace::broker {

enum class FilterOp : std::uint8_t {
  exact,         // a value
  prefix,        // text
  suffix,        // text
  ignore_case,   // folded text
  wildcard,      // pieces: what stands between the asterisks, two at least
  range,         // numbers from low to high, both within
  cidr,          // text: the masked address; bits
  exists,        // a value that is neither null nor an empty string
  absent,        // no value
  anything_but,  // nested: conditions; a value that meets none of them
};

struct FilterCondition {
  FilterOp op = FilterOp::exists;
  FilterValue value;
  std::string_view text;
  std::string_view nested;  // pieces of a wildcard, conditions of anything_but
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::uint8_t bits = 0;

  static FilterCondition exact(const FilterValue& value) { return {.op = FilterOp::exact, .value = value}; }
  static FilterCondition of_text(FilterOp op, std::string_view text) { return {.op = op, .text = text}; }
  static FilterCondition range(std::int64_t low, std::int64_t high) {
    return {.op = FilterOp::range, .low = low, .high = high};
  }
};

void encode_condition(const FilterCondition& condition, std::string& out);
// The next one; what it points to is in the reader's bytes.
FilterCondition decode_condition(ByteReader& in);

// Whether one value meets it. Not for exists and absent, which are not about one value.
bool meets(const FilterCondition& condition, const FilterValue& value);
// Whether the values of a path do. Null: there are none.
bool meets(const FilterCondition& condition, const FilterEvent& event, const FilterEvent::Group* group);

struct FilterClause {
  std::uint64_t path = 0;
  std::string_view conditions;
};

FilterClause decode_clause(ByteReader& in);

// A policy, unpacked for one use. Points into the code.
struct FilterCode {
  explicit FilterCode(std::string_view code);
  std::vector<FilterClause> clauses;
  std::vector<std::vector<std::uint32_t>> branches;  // indices of clauses
};

}  // namespace millrace::broker
