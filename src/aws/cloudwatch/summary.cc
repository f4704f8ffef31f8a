#include "aws/cloudwatch/summary.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millrace::aws::cloudwatch {
namespace {

// A bin reaches from width^n to width^(n+1).
constexpr double width = 1.02;
// Above the number of every bin of a value from 2^-360 to 2^360, so that positive values have positive bins.
constexpr std::int32_t bias = 20'000;
const double smallest = std::ldexp(1.0, -360);
const double log_width = std::log(width);

std::int32_t bin_of(double value) {
  const double size = std::fabs(value);
  if (size < smallest) return 0;
  const auto bin = static_cast<std::int32_t>(std::floor(std::log(size) / log_width)) + bias;
  return value < 0 ? -bin : bin;
}

double middle_of(std::int32_t bin) {
  if (bin == 0) return 0;
  const double size = std::exp((std::abs(bin) - bias + 0.5) * log_width);
  return bin < 0 ? -size : size;
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Whole numbers, which most metrics are, take few bytes; others a 1 and their eight bytes.
void write_number(double value, ByteWriter& out) {
  constexpr double whole_max = 4503599627370496.0;  // 2^52
  if (std::fabs(value) < whole_max && std::trunc(value) == value && !(value == 0 && std::signbit(value))) {
    out.varint(zigzag(static_cast<std::int64_t>(value)) << 1);
  } else {
    out.varint(1);
    out.u64(std::bit_cast<std::uint64_t>(value));
  }
}
// Not a number when there is none.
double read_number(ByteReader& in) {
  const auto head = in.varint();
  if ((head & 1) == 0) return static_cast<double>(unzigzag(head >> 1));
  return head == 1 ? std::bit_cast<double>(in.u64()) : std::nan("");
}

enum Form : std::uint8_t { one = 0, same = 1, distributed = 2, plain = 3 };

std::uint64_t whole(double times) { return static_cast<std::uint64_t>(std::max(1LL, std::llround(times))); }

}  // namespace

void Summary::add_bin(std::int32_t bin, std::uint64_t count) {
  const auto at = std::ranges::lower_bound(bins_, bin, {}, &std::pair<std::int32_t, std::uint64_t>::first);
  if (at != bins_.end() && at->first == bin) {
    at->second += count;
    return;
  }
  bins_.insert(at, {bin, count});
  if (bins_.size() > bins_max) {
    bins_[1].second += bins_[0].second;
    bins_.erase(bins_.begin());
  }
}

void Summary::add(double value, double times) {
  count_ += times;
  sum_ += value * times;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  if (distributed_) add_bin(bin_of(value), whole(times));
}

void Summary::add_set(double count, double sum, double min, double max) {
  if (count <= 0) return;
  // One value, or always the same: then the distribution is known after all.
  if (min == max || count == 1) return add(sum / count, count);
  count_ += count;
  sum_ += sum;
  min_ = std::min(min_, min);
  max_ = std::max(max_, max);
  distributed_ = false;
  bins_.clear();
}

void Summary::merge(const Summary& other) {
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  distributed_ = distributed_ && other.distributed_;
  if (!distributed_) return bins_.clear();
  for (const auto& [bin, count] : other.bins_) add_bin(bin, count);
}

std::optional<double> Summary::percentile(double percent) const {
  if (empty() || !distributed_) return std::nullopt;
  if (percent <= 0) return min_;
  if (percent >= 100) return max_;
  std::uint64_t all = 0;
  for (const auto& [bin, count] : bins_) all += count;
  const double wanted = percent / 100 * static_cast<double>(all);
  std::uint64_t below = 0;
  for (const auto& [bin, count] : bins_) {
    below += count;
    if (static_cast<double>(below) >= wanted) return std::clamp(middle_of(bin), min_, max_);
  }
  return max_;
}

void Summary::encode(ByteWriter& out) const {
  const bool constant = min_ == max_ && distributed_;
  const Form form = constant && count_ == 1 ? one : constant ? same : distributed_ ? distributed : plain;
  out.u8(form);
  if (form != one) write_number(count_, out);
  write_number(constant ? min_ : sum_, out);
  if (constant) return;
  write_number(min_, out);
  write_number(max_, out);
  if (form == plain) return;
  out.varint(bins_.size());
  std::int64_t last = 0;
  for (const auto& [bin, count] : bins_) {
    out.varint(zigzag(bin - last));
    out.varint(count);
    last = bin;
  }
}

bool Summary::decode(ByteReader& in) {
  *this = Summary();
  const auto form = in.u8();
  if (form > plain) return false;
  const double count = form == one ? 1 : read_number(in);
  const double sum = read_number(in);
  if (!in.ok() || !(count > 0) || !std::isfinite(count) || !std::isfinite(sum)) return false;
  if (form == one || form == same) {
    add(sum, count);
    return std::isfinite(sum_);
  }
  count_ = count;
  sum_ = sum;
  min_ = read_number(in);
  max_ = read_number(in);
  if (!std::isfinite(min_) || !std::isfinite(max_) || min_ > max_) return false;
  distributed_ = form == distributed;
  if (distributed_) {
    const auto bins = in.varint();
    if (bins > bins_max) return false;
    std::int64_t bin = 0;
    for (std::uint64_t i = 0; i < bins; ++i) {
      const auto step = unzigzag(in.varint());
      if (step < -4 * bias || step > 4 * bias) return false;
      bin += step;
      if (bin < -2 * bias || bin > 2 * bias) return false;
      bins_.emplace_back(static_cast<std::int32_t>(bin), in.varint());
    }
  }
  return in.ok() && std::ranges::is_sorted(bins_);
}

}  // namespace millrace::aws::cloudwatch
