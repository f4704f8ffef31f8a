#include "aws/kinesis/throttle.h"

#include <algorithm>

namespace millrace::aws::kinesis {

void Throttle::refill(Bucket& bucket, Time now) {
  const auto passed = std::clamp<std::int64_t>((now - bucket.filled).count(), 0, 3'600'000);
  // A second fills an empty bucket: capacity / 1000 each millisecond.
  bucket.thousandths = std::min(bucket.thousandths + passed * (bucket.capacity / 1000), bucket.capacity);
  bucket.filled = std::max(bucket.filled, now);
}

Throttle::Bucket& Throttle::bucket(Rated what, std::string_view key, std::uint32_t per_second, Time now) {
  const auto hash = stable_hash(key, static_cast<std::uint64_t>(what) + 1);
  if (buckets_.size() >= keys_max_ && !buckets_.contains(hash)) forget_full(now);
  const std::int64_t capacity = std::int64_t{per_second} * 1000;
  const auto [at, fresh] = buckets_.try_emplace(hash, Bucket{capacity, capacity, now});
  if (!fresh) refill(at->second, now);
  return at->second;
}

bool Throttle::take(Rated what, std::string_view key, std::uint32_t per_second, std::uint64_t amount, Time now) {
  if (per_second == 0) return true;
  Bucket& from = bucket(what, key, per_second, now);
  const auto wanted = static_cast<std::int64_t>(amount) * 1000;
  // What is larger than a bucket (a record of 10 MiB) passes when the bucket is full, and leaves a debt.
  if (from.thousandths < std::min(wanted, from.capacity)) return false;
  from.thousandths -= wanted;
  return true;
}

bool Throttle::ready(Rated what, std::string_view key, std::uint32_t per_second, Time now) {
  return per_second == 0 || bucket(what, key, per_second, now).thousandths > 0;
}

void Throttle::charge(Rated what, std::string_view key, std::uint32_t per_second, std::uint64_t amount, Time now) {
  if (per_second != 0) bucket(what, key, per_second, now).thousandths -= static_cast<std::int64_t>(amount) * 1000;
}

Duration Throttle::wait(Rated what, std::string_view key, std::uint32_t per_second, Time now) {
  if (per_second == 0) return Duration{};
  const Bucket& from = bucket(what, key, per_second, now);
  if (from.thousandths > 0) return Duration{};
  return Duration(-from.thousandths / (from.capacity / 1000) + 1);
}

// A full bucket says nothing. When none is full, all are forgotten: a moment without limits is better than no bound.
void Throttle::forget_full(Time now) {
  for (auto& [key, each] : buckets_) refill(each, now);
  std::erase_if(buckets_, [](const auto& entry) { return entry.second.thousandths == entry.second.capacity; });
  if (buckets_.size() >= keys_max_) buckets_.clear();
}

}  // namespace millrace::aws::kinesis
