// FilterPolicy: which messages a subscription wants, compiled from the policy's JSON.
//
//   {"store": ["fans"], "price": [{"numeric": [">=", 100]}, null], "$or": [{"a": ["x"]}, {"b": [{"exists": false}]}]}
//
// All names must be met; a name is met when one of the listed conditions is. A condition is a value or one of: prefix,
// suffix, equals-ignore-case, wildcard, numeric, cidr, exists, anything-but (a value, a list of values, or a prefix,
// suffix, equals-ignore-case or wildcard with one text or a list of them). Within a scope of the body objects nest, and
// an array's values are each compared: one that meets a condition is enough, also for anything-but. "$or" is what it
// says when it is a list of at least two objects without one of the reserved names in them, otherwise a name like any.
//
// Facts from the service's guide (message filtering, its constraints), Event Ruler, whose errors it shows, and from
// recordings of the service's answers. Not known from there, and therefore our choice: which of two mistakes is reported
// first when they are of different kinds (syntax, then number of keys, then complexity, then nesting). Letters are
// compared without their case only from A to Z.
//
// Immutable, shared by the subscriptions that mean the same (filter_index.h); may be used on any core.
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "broker/topic/filter_event.h"
#include "broker/topic/subscription.h"

namespace millrace::broker {

struct FilterLimits {
  std::uint32_t keys_max = 5;  // names at the top
  // Values that can meet at once: the product of the number of values of each name, times how deep it is nested; the
  // alternatives of "$or" add up. It bounds the branches of the compiled form, too.
  std::uint32_t combinations_max = 150;
  std::uint32_t bytes_max = 256 << 10;
  std::uint32_t depth_max = 200;  // of the JSON
};

// The service's own text, to stand behind "Invalid parameter: " or "Invalid parameter: Attributes Reason: ".
struct FilterError {
  std::string reason;
};

// A value that is likely to meet a condition: it is tried before all others of its path. Where long arrays meet suffixes,
// all of them would have to be looked at for each policy.
struct FilterHint {
  std::uint64_t path = 0;
  FilterValue value;
};

class FilterPolicy {
 public:
  // filter_code.h says what this is.
  explicit FilterPolicy(std::string code) : code_(std::move(code)) { code_.shrink_to_fit(); }

  bool matches(const FilterEvent& event, const FilterHint* hint = nullptr) const;
  // Of a policy without conditions, which even matches an event without values.
  bool matches_everything() const;

  // Equal for policies that mean the same, though not for all of them.
  std::string_view code() const { return code_; }
  // With the counts that a shared pointer keeps beside it.
  std::size_t memory_bytes() const { return sizeof *this + 16 + (code_.capacity() > 15 ? code_.capacity() + 1 : 0); }

 private:
  std::string code_;
};

// Empty text is a policy without conditions, as {} is.
std::expected<std::shared_ptr<const FilterPolicy>, FilterError> parse_filter_policy(std::string_view json,
                                                                                    FilterScope scope,
                                                                                    const FilterLimits& limits = {});

}  // namespace millrace::broker
