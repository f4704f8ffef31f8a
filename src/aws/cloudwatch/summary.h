// Summary: what is kept of the values of one metric in one minute, or in any stretch of time.
//
// Beside count, sum, minimum and maximum it has a sketch of the distribution: values fall into bins whose width grows
// with them, so that a percentile is off by one hundredth at most. Statistics that came ready-made (a StatisticSet) say
// nothing about the distribution; a summary with one of those has no percentiles, as at CloudWatch.
// The stored form is described in docs/format/cloudwatch.md.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace millrace::aws::cloudwatch {

class Summary {
 public:
  // A summary of more different values than this loses the low end of its distribution.
  static constexpr std::size_t bins_max = 512;

  // `times` may have a fraction; it is positive.
  void add(double value, double times = 1);
  // Statistics of `count` values.
  void add_set(double count, double sum, double min, double max);
  void merge(const Summary& other);

  bool empty() const { return count_ == 0; }
  double count() const { return count_; }
  double sum() const { return sum_; }
  double min() const { return min_; }
  double max() const { return max_; }
  double average() const { return sum_ / count_; }
  // `percent` is from 0 to 100. Nothing when the distribution is not known.
  std::optional<double> percentile(double percent) const;

  void encode(ByteWriter& out) const;
  // False when the bytes are not a summary.
  bool decode(ByteReader& in);

  bool operator==(const Summary&) const = default;

 private:
  void add_bin(std::int32_t bin, std::uint64_t count);

  double count_ = 0;
  double sum_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  bool distributed_ = true;                                   // the bins hold all values
  std::vector<std::pair<std::int32_t, std::uint64_t>> bins_;  // by bin, ascending
};

}  // namespace millrace::aws::cloudwatch
