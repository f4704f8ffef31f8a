#include "broker/topic/filter_code.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace millrace::broker {
namespace {

void encode_value(const FilterValue& value, ByteWriter& writer) {
  writer.u8(static_cast<std::uint8_t>(value.kind));
  if (value.kind == FilterKind::number) writer.i64(value.number);
  if (value.kind == FilterKind::string || value.kind == FilterKind::large_number) writer.string(value.text);
}

FilterValue decode_value(ByteReader& in) {
  FilterValue value;
  value.kind = static_cast<FilterKind>(in.u8());
  if (value.kind == FilterKind::number) value.number = in.i64();
  if (value.kind == FilterKind::string || value.kind == FilterKind::large_number) value.text = in.string();
  return value;
}

bool meets_wildcard(std::string_view pieces, std::string_view text) {
  ByteReader in(pieces);
  const auto first = in.string();
  if (!text.starts_with(first)) return false;
  text.remove_prefix(first.size());
  for (;;) {
    const auto piece = in.string();
    if (in.remaining() == 0) return text.ends_with(piece);
    const auto at = text.find(piece);
    if (at == text.npos) return false;
    text.remove_prefix(at + piece.size());
  }
}

bool meets_cidr(const FilterCondition& condition, std::string_view text) {
  const auto address = parse_filter_address(text);
  return address && address->size == condition.text.size() && address->masked(condition.bits).view() == condition.text;
}

bool meets_none(std::string_view conditions, const FilterValue& value) {
  for (ByteReader in(conditions); in.remaining() > 0;) {
    if (meets(decode_condition(in), value)) return false;
  }
  return true;
}

bool counts_as_existing(const FilterValue& value) {
  return value.kind != FilterKind::null_value && !(value.kind == FilterKind::string && value.text.empty());
}

}  // namespace

void encode_condition(const FilterCondition& condition, std::string& out) {
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(condition.op));
  switch (condition.op) {
    case FilterOp::exact: encode_value(condition.value, writer); break;
    case FilterOp::prefix:
    case FilterOp::suffix:
    case FilterOp::ignore_case: writer.string(condition.text); break;
    case FilterOp::wildcard:
    case FilterOp::anything_but: writer.string(condition.nested); break;
    case FilterOp::range:
      writer.i64(condition.low);
      writer.i64(condition.high);
      break;
    case FilterOp::cidr:
      writer.u8(condition.bits);
      writer.string(condition.text);
      break;
    case FilterOp::exists:
    case FilterOp::absent: break;
  }
}

FilterCondition decode_condition(ByteReader& in) {
  FilterCondition condition;
  condition.op = static_cast<FilterOp>(in.u8());
  switch (condition.op) {
    case FilterOp::exact: condition.value = decode_value(in); break;
    case FilterOp::prefix:
    case FilterOp::suffix:
    case FilterOp::ignore_case: condition.text = in.string(); break;
    case FilterOp::wildcard:
    case FilterOp::anything_but: condition.nested = in.string(); break;
    case FilterOp::range:
      condition.low = in.i64();
      condition.high = in.i64();
      break;
    case FilterOp::cidr:
      condition.bits = in.u8();
      condition.text = in.string();
      break;
    case FilterOp::exists:
    case FilterOp::absent: break;
  }
  return condition;
}

bool meets(const FilterCondition& condition, const FilterValue& value) {
  const bool is_string = value.kind == FilterKind::string;
  switch (condition.op) {
    case FilterOp::exact: return condition.value == value;
    case FilterOp::prefix: return is_string && value.text.starts_with(condition.text);
    case FilterOp::suffix: return is_string && value.text.ends_with(condition.text);
    case FilterOp::ignore_case: return is_string && std::ranges::equal(value.text, condition.text, {}, filter_fold);
    case FilterOp::wildcard: return is_string && meets_wildcard(condition.nested, value.text);
    case FilterOp::range:
      return value.kind == FilterKind::number && condition.low <= value.number && value.number <= condition.high;
    case FilterOp::cidr: return is_string && meets_cidr(condition, value.text);
    case FilterOp::anything_but: return meets_none(condition.nested, value);
    case FilterOp::exists:
    case FilterOp::absent: break;
  }
  check(false, "exists and absent are about all values of a path");
  return false;
}

bool meets(const FilterCondition& condition, const FilterEvent& event, const FilterEvent::Group* group) {
  if (condition.op == FilterOp::absent) return group == nullptr && !event.empty();
  if (group == nullptr) return false;
  // The first value that is not below `least`; the values are in order, so that long arrays are not searched through.
  const auto first_from = [&](const FilterValue& least) {
    std::uint32_t low = group->begin;
    for (std::uint32_t high = group->end; low < high;) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (event.value(middle) < least) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  const auto first_meets = [&](const FilterValue& least) {
    const std::uint32_t at = first_from(least);
    return at < group->end && meets(condition, event.value(at));
  };
  switch (condition.op) {
    case FilterOp::exact: return first_meets(condition.value);
    case FilterOp::range: return first_meets({FilterKind::number, condition.low, {}});
    case FilterOp::prefix: return first_meets({FilterKind::string, 0, condition.text});
    default: break;
  }
  for (std::uint32_t i = group->begin; i < group->end; ++i) {
    const FilterValue value = event.value(i);
    if (condition.op == FilterOp::exists ? counts_as_existing(value) : meets(condition, value)) return true;
  }
  return false;
}

FilterClause decode_clause(ByteReader& in) {
  FilterClause clause;
  clause.path = in.u64();
  clause.conditions = in.string();
  return clause;
}

FilterCode::FilterCode(std::string_view code) {
  ByteReader in(code);
  branches.resize(in.varint());
  clauses.resize(in.varint());
  for (FilterClause& clause : clauses) clause = decode_clause(in);
  if (branches.size() == 1) {
    branches[0].resize(clauses.size());
    std::iota(branches[0].begin(), branches[0].end(), 0u);
  } else {
    for (auto& branch : branches) {
      branch.resize(in.varint());
      for (std::uint32_t& index : branch) index = static_cast<std::uint32_t>(in.varint());
    }
  }
  check(in.done(), "the code was made by the compiler of this process");
}

}  // namespace millrace::broker
