#include "broker/topic/filter_access.h"

namespace millrace::broker {
namespace {

// From the last byte to the first, as a message's values are hashed.
std::uint64_t suffix_key(std::uint64_t path, std::string_view text) {
  FilterKey key(path, FilterOp::suffix);
  for (std::size_t i = text.size(); i > 0; --i) key.add(text[i - 1]);
  return key.get();
}

}  // namespace

std::uint64_t exact_key(std::uint64_t path, const FilterValue& value) {
  FilterKey key(path, FilterOp::exact, value.kind);
  if (value.kind != FilterKind::number) return key.add(value.text).get();
  return filter_mixed(key.get() ^ static_cast<std::uint64_t>(value.number));
}

std::uint64_t cidr_key(std::uint64_t path, std::string_view network, unsigned bits) {
  FilterKey key(path, FilterOp::cidr);
  key.add(network).add(static_cast<char>(bits));
  return key.get();
}

std::uint64_t present_key(std::uint64_t path) { return FilterKey(path, FilterOp::exists).get(); }
std::uint64_t absent_key(std::uint64_t path) { return FilterKey(path, FilterOp::absent).get(); }
std::uint64_t everything_key() { return FilterKey(0, FilterOp::anything_but).get(); }

FilterAccess filter_access(std::uint64_t path, const FilterCondition& condition) {
  const auto by_length = [&](FilterOp op, std::string_view text) {
    return FilterAccess{.by = FilterAccess::By::length,
                        .key = op == FilterOp::prefix ? FilterKey(path, op).add(text).get() : suffix_key(path, text),
                        .weight = text_weight,
                        .op = op,
                        .length = static_cast<std::uint32_t>(text.size())};
  };
  const FilterAccess present{.by = FilterAccess::By::present, .key = present_key(path), .weight = present_weight};
  switch (condition.op) {
    case FilterOp::exact: {
      const bool few = condition.value.kind >= FilterKind::true_value;
      return {.by = FilterAccess::By::exact,
              .key = exact_key(path, condition.value),
              .weight = few ? few_values_weight : 1};
    }
    case FilterOp::ignore_case:
      return {.by = FilterAccess::By::ignore_case, .key = FilterKey(path, condition.op).add(condition.text).get()};
    case FilterOp::prefix:
    case FilterOp::suffix: return by_length(condition.op, condition.text);
    case FilterOp::cidr:
      return {.by = FilterAccess::By::length,
              .key = cidr_key(path, condition.text, condition.bits),
              .weight = text_weight,
              .op = condition.op,
              .address_size = static_cast<std::uint8_t>(condition.text.size()),
              .length = condition.bits};
    case FilterOp::wildcard: {
      ByteReader in(condition.nested);
      const auto first = in.string();
      std::string_view last;
      while (in.remaining() > 0) last = in.string();
      if (first.empty() && last.empty()) return present;
      return first.size() >= last.size() ? by_length(FilterOp::prefix, first) : by_length(FilterOp::suffix, last);
    }
    case FilterOp::range:
      return {.by = FilterAccess::By::range, .weight = text_weight, .low = condition.low, .high = condition.high};
    case FilterOp::absent: return {.by = FilterAccess::By::absent, .key = absent_key(path), .weight = absent_weight};
    case FilterOp::exists:
    case FilterOp::anything_but: break;
  }
  return present;
}

}  // namespace millrace::broker
