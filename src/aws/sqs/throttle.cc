#include "aws/sqs/throttle.h"

#include <algorithm>

namespace millrace::aws::sqs {

void Throttle::refill(Bucket& bucket, Time now) const {
  const auto passed = std::max<std::int64_t>((now - bucket.filled).count(), 0);
  // A second fills any bucket, so more is not counted; that also keeps the product small.
  bucket.thousandths = std::min(bucket.thousandths + std::min<std::int64_t>(passed, 1000) * per_second_, capacity());
  bucket.filled = now;
}

bool Throttle::admit(Rated operation, std::string_view queue_key, std::string_view group, Time now) {
  if (per_second_ == 0) return true;
  const auto key = stable_hash(group, stable_hash(queue_key, static_cast<std::uint64_t>(operation)));
  if (buckets_.size() >= keys_max_ && !buckets_.contains(key)) forget_full(now);
  const auto [at, fresh] = buckets_.try_emplace(key, Bucket{capacity(), now});
  Bucket& bucket = at->second;
  if (!fresh) refill(bucket, now);
  if (bucket.thousandths < 1000) return false;
  bucket.thousandths -= 1000;
  return true;
}

// A full bucket says nothing. When none is full, all are forgotten: a moment without limits is better than no bound.
void Throttle::forget_full(Time now) {
  for (auto& [key, bucket] : buckets_) refill(bucket, now);
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.thousandths == capacity(); });
  if (buckets_.size() >= keys_max_) buckets_.clear();
}

}  // namespace millrace::aws::sqs
