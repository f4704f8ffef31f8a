// Throttle: the rates of one lane's shards, and of the control operations of its catalogs, as token buckets. Not stored: a
// restart fills them.
//
// A bucket holds a second's worth. What is larger than that may be taken on credit: 10 MiB of GetRecords from a shard of
// 2 MiB a second are given, and the next calls are refused until the debt is paid.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "base/time.h"

namespace millrace::aws::kinesis {

enum class Rated : std::uint8_t { bytes_in, records_in, bytes_out, calls_out, control };

class Throttle {
 public:
  explicit Throttle(std::size_t keys_max) : keys_max_(keys_max) {}

  // Takes `amount` if that much is there. `per_second` 0: no limit. `key` says whose bucket it is.
  bool take(Rated what, std::string_view key, std::uint32_t per_second, std::uint64_t amount, Time now);
  // Whether anything is there.
  bool ready(Rated what, std::string_view key, std::uint32_t per_second, Time now);
  // Takes what was given already, on credit.
  void charge(Rated what, std::string_view key, std::uint32_t per_second, std::uint64_t amount, Time now);
  // Until the debt is paid; zero without one.
  Duration wait(Rated what, std::string_view key, std::uint32_t per_second, Time now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    std::int64_t thousandths = 0;
    std::int64_t capacity = 0;  // in thousandths
    Time filled{};
  };
  Bucket& bucket(Rated what, std::string_view key, std::uint32_t per_second, Time now);
  static void refill(Bucket& bucket, Time now);
  void forget_full(Time now);

  std::size_t keys_max_;
  std::unordered_map<std::uint64_t, Bucket> buckets_;
};

}  // namespace millrace::aws::kinesis
