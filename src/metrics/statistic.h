// Statistic: what is kept of the samples of one metric in one stretch of time.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "base/time.h"

namespace millrace::metrics {

using Minutes = std::chrono::duration<std::int32_t, std::ratio<60>>;
// Whole minutes since 1970: where a stretch begins.
using Minute = std::chrono::sys_time<Minutes>;
constexpr Minute minute_of(Time time) { return std::chrono::floor<Minutes>(time); }

struct Statistic {
  std::uint64_t sum = 0;
  std::uint64_t count = 0;  // of samples
  std::uint64_t min = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max = 0;

  void add(std::uint64_t value) {
    sum += value;
    ++count;
    min = std::min(min, value);
    max = std::max(max, value);
  }
  void merge(const Statistic& other) {
    sum += other.sum;
    count += other.count;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
  }
  bool operator==(const Statistic&) const = default;
};

// The samples from `start` on, for a minute or for five (History::folded_span).
struct Bucket {
  Minute start{};
  Statistic statistic;
  bool operator==(const Bucket&) const = default;
};

}  // namespace millrace::metrics
