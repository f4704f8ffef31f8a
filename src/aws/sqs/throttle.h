// Throttle: the call rates of one lane's FIFO queues, as token buckets. Not stored: a restart fills them.
//
// FIFO queues take 300 calls a second of each operation; at high throughput that holds for each message group. Since a
// call carries at most ten messages, 3,000 messages a second follow from it and need no bucket of their own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "base/time.h"

namespace millrace::aws::sqs {

enum class Rated : std::uint8_t { send, receive, remove };

class Throttle {
 public:
  // `per_second` calls a second, and as many at once; 0: no limit.
  Throttle(std::uint32_t per_second, std::size_t keys_max) : per_second_(per_second), keys_max_(keys_max) {}

  // Takes a token of the queue (or of one of its groups), if there is one.
  bool admit(Rated operation, std::string_view queue_key, std::string_view group, Time now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    std::int64_t thousandths = 0;  // of a token
    Time filled{};
  };
  std::int64_t capacity() const { return std::int64_t{per_second_} * 1000; }
  void refill(Bucket& bucket, Time now) const;
  void forget_full(Time now);

  std::uint32_t per_second_;
  std::size_t keys_max_;
  std::unordered_map<std::uint64_t, Bucket> buckets_;
};

}  // namespace millrace::aws::sqs
