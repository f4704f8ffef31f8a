// Histogram: counts durations in buckets whose width grows with the value, so that any percentile is known to within
// 1 % at a fixed cost per sample and a fixed size.
//
// Values below 2^precision_bits have a bucket each; above, every power of two is split into 2^precision_bits buckets.
// One thread.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::bench {

class Histogram {
 public:
  Histogram() : counts_(bucket_count) {}

  void add(std::uint64_t value_ns) {
    ++counts_[bucket_of(value_ns)];
    ++count_;
    sum_ += value_ns;
    if (value_ns > max_) max_ = value_ns;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

  // The value that `percent` of the samples do not exceed (the middle of its bucket); 0 without samples.
  std::uint64_t percentile(double percent) const {
    if (count_ == 0) return 0;
    auto wanted = static_cast<std::uint64_t>(percent / 100 * static_cast<double>(count_) + 0.5);
    if (wanted == 0) wanted = 1;
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted) return middle_of(bucket) < max_ ? middle_of(bucket) : max_;
    }
    return max_;
  }

 private:
  static constexpr unsigned precision_bits = 7;
  static constexpr std::size_t per_power = std::size_t{1} << precision_bits;
  static constexpr std::size_t bucket_count = (64 - precision_bits + 1) * per_power;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < per_power) return static_cast<std::size_t>(value);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - precision_bits;
    return (shift + 1) * per_power + static_cast<std::size_t>((value >> shift) - per_power);
  }
  static std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < per_power) return bucket;
    const auto shift = static_cast<unsigned>(bucket / per_power) - 1;
    const std::uint64_t low = (per_power + bucket % per_power) << shift;
    return low + ((std::uint64_t{1} << shift) >> 1);
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace millrace::bench
