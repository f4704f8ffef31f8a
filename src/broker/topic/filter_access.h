// How a condition of a filter policy is found from a message's values, without looking at the policies that have others
// (filter_index.h): the keys under which both look.
#pragma once
#include <cstdint>
#include <string_view>

#include "broker/topic/filter_code.h"
#include "broker/topic/filter_value.h"

namespace millrace::broker {

// A key, byte by byte.
class FilterKey {
 public:
  FilterKey(std::uint64_t path, FilterOp op, FilterKind kind = FilterKind::string)
      : state_(path ^ filter_mixed((static_cast<std::uint64_t>(op) << 8 | static_cast<std::uint64_t>(kind)) + 1)) {}

  void add(char c) { state_ = filter_hashed(state_, c); }
  FilterKey& add(std::string_view text) {
    for (const char c : text) add(c);
    return *this;
  }
  std::uint64_t get() const { return filter_mixed(state_); }

 private:
  std::uint64_t state_;
};

std::uint64_t exact_key(std::uint64_t path, const FilterValue& value);
std::uint64_t cidr_key(std::uint64_t path, std::string_view network, unsigned bits);
// Of everything that some value of the path decides, and of what its absence does.
std::uint64_t present_key(std::uint64_t path);
std::uint64_t absent_key(std::uint64_t path);
// Of policies without conditions.
std::uint64_t everything_key();

// A weight says how many policies one is worth that is looked up in a way that finds more than those which match, or that
// match most of the time: whatever has few of these is the better access.
constexpr std::uint64_t text_weight = 4;
constexpr std::uint64_t few_values_weight = 20;
constexpr std::uint64_t present_weight = 100;
constexpr std::uint64_t absent_weight = 200;

struct FilterAccess {
  enum class By : std::uint8_t { exact, ignore_case, length, range, present, absent };
  By by = By::present;
  std::uint64_t key = 0;  // not of ranges
  std::uint64_t weight = 1;
  // By so many bytes from the front (prefix) or the back (suffix), or bits of an address (cidr).
  FilterOp op = FilterOp::prefix;
  std::uint8_t address_size = 0;
  std::uint32_t length = 0;
  std::int64_t low = 0, high = 0;
};

FilterAccess filter_access(std::uint64_t path, const FilterCondition& condition);

}  // namespace millrace::broker
