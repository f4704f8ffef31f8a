#include "aws/kinesis/usage.h"

#include <algorithm>

namespace millrace::aws::kinesis {

void Usage::roll(Meter& meter, Time now) {
  if (now - meter.begun < span) return;
  // All of it came within one span, since every addition looks at the clock.
  constexpr auto seconds = static_cast<std::uint64_t>(span.count() / 1000);
  meter.peak.bytes_per_second = std::max(meter.peak.bytes_per_second, meter.bytes / seconds);
  meter.peak.records_per_second = std::max(meter.peak.records_per_second, meter.records / seconds);
  meter.bytes = 0;
  meter.records = 0;
  meter.begun = now;
}

void Usage::add(std::string_view shard_key, std::uint64_t bytes, std::uint64_t records, Time now) {
  auto at = meters_.find(shard_key);
  // Those of streams that are gone are asked for no more; forgetting all costs an on-demand stream one look at its use.
  if (at == meters_.end() && meters_.size() >= meters_max) {
    meters_.clear();
    at = meters_.end();
  }
  if (at == meters_.end()) at = meters_.emplace(std::string(shard_key), Meter{.begun = now}).first;
  roll(at->second, now);
  at->second.bytes += bytes;
  at->second.records += records;
}

Use Usage::take(std::string_view shard_key, Time now) {
  const auto at = meters_.find(shard_key);
  if (at == meters_.end()) return {};
  roll(at->second, now);
  const Use peak = at->second.peak;
  at->second.peak = {};
  // An idle shard keeps no meter.
  if (peak.records_per_second == 0 && at->second.records == 0) meters_.erase(at);
  return peak;
}

}  // namespace millrace::aws::kinesis
