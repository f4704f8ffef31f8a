// Usage: how much is put into the shards of on-demand streams, so that these grow by themselves. One for each lane; touched
// on its core only. Not stored; a restart begins anew.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"

namespace millrace::aws::kinesis {

struct Use {
  std::uint64_t bytes_per_second = 0;
  std::uint64_t records_per_second = 0;
  Use& operator+=(const Use& other) {
    bytes_per_second += other.bytes_per_second;
    records_per_second += other.records_per_second;
    return *this;
  }
};

class Usage {
 public:
  void add(std::string_view shard_key, std::uint64_t bytes, std::uint64_t records, Time now);
  // The greatest rate in any whole span since the last call; what has not been asked for in two calls is forgotten.
  Use take(std::string_view shard_key, Time now);

 private:
  static constexpr Duration span = std::chrono::seconds(10);
  static constexpr std::size_t meters_max = 100'000;
  struct Meter {
    Time begun{};
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    Use peak;
  };
  static void roll(Meter& meter, Time now);
  std::map<std::string, Meter, std::less<>> meters_;
};

}  // namespace millrace::aws::kinesis
