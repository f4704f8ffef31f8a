// Limits of the service, in one table: the column `aws` is the service's own (verified 2026), `relaxed` lifts what only
// gets in the way on one's own machines. Ranges of single members stand in models/aws/kinesis.model; they are the same
// under either choice.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::kinesis {

struct Limits {
  // --- data ---
  std::size_t put_bytes_max;       // of one PutRecords: keys and data
  std::size_t get_bytes_max;       // of one GetRecords
  std::uint32_t get_records_max;   // of one GetRecords
  std::uint32_t shard_in_bytes;    // a second; 0: no limit
  std::uint32_t shard_in_records;  // a second
  std::uint32_t shard_out_bytes;   // a second, for all GetRecords of a shard; and again for each consumer
  std::uint32_t shard_out_calls;   // a second
  Duration iterator_life;
  Duration token_life;
  // --- streams ---
  std::uint32_t shards_max;  // open ones, of an account in a region
  std::uint32_t on_demand_streams_max;
  std::uint32_t shards_of_stream_max;
  std::uint32_t consumers_max;           // of a stream
  std::uint32_t consumers_creating_max;  // of a stream, at the same time
  std::uint32_t retention_hours_min;
  std::uint32_t retention_hours_max;
  std::uint32_t record_kib_default;
  std::uint32_t on_demand_shards;         // of a new on-demand stream
  std::uint32_t shard_count_updates_max;  // in 24 hours
  bool scale_by_two;                      // UpdateShardCount: at most double and at least half
  std::uint32_t mode_updates_max;         // in 24 hours
  std::uint32_t tags_max;
  std::size_t policy_bytes_max;
  bool control_rates;  // calls a second of the control operations: control_rates.h
  // --- subscriptions ---
  Duration subscription_life;
  Duration subscription_hold;  // for so long after its start nobody else can have it
  Duration heartbeat;          // an event without records after so long without any
  std::size_t event_bytes_max;
  std::size_t pending_bytes_max;  // of a subscription's reader; above, nothing is read for it
  // --- memory of this server ---
  std::size_t routed_streams_max;  // on each core
  std::size_t routed_shards_max;   // on each core
};

inline constexpr Limits aws_limits{
    .put_bytes_max = 10u << 20,
    .get_bytes_max = 10u << 20,
    .get_records_max = 10'000,
    .shard_in_bytes = 1u << 20,
    .shard_in_records = 1'000,
    .shard_out_bytes = 2u << 20,
    .shard_out_calls = 5,
    .iterator_life = std::chrono::minutes(5),
    .token_life = std::chrono::seconds(300),
    .shards_max = 20'000,
    .on_demand_streams_max = 50,
    .shards_of_stream_max = 10'000,
    .consumers_max = 20,
    .consumers_creating_max = 5,
    .retention_hours_min = 24,
    .retention_hours_max = 8'760,
    .record_kib_default = 1'024,
    .on_demand_shards = 4,
    .shard_count_updates_max = 10,
    .scale_by_two = true,
    .mode_updates_max = 2,
    .tags_max = 50,
    .policy_bytes_max = 20u << 10,
    .control_rates = true,
    .subscription_life = std::chrono::minutes(5),
    .subscription_hold = std::chrono::seconds(5),
    .heartbeat = std::chrono::seconds(5),
    .event_bytes_max = 1u << 20,
    .pending_bytes_max = 2u << 20,
    .routed_streams_max = 10'000,
    .routed_shards_max = 100'000,
};

inline constexpr Limits relaxed_limits = [] {
  Limits limits = aws_limits;
  limits.shard_in_bytes = 0;
  limits.shard_in_records = 0;
  limits.shard_out_bytes = 0;
  limits.shard_out_calls = 0;
  // A reader that catches up is faster with answers that fit into the processor's caches, and others wait less for it.
  limits.get_bytes_max = 512u << 10;
  limits.shards_max = 1'000'000;
  limits.on_demand_streams_max = 1'000'000;
  limits.consumers_max = 1'000;
  limits.consumers_creating_max = 1'000;
  limits.shard_count_updates_max = 1'000'000;
  limits.scale_by_two = false;
  limits.mode_updates_max = 1'000'000;
  limits.control_rates = false;
  return limits;
}();

// Of the control operations that count in a day.
inline constexpr Duration updates_span = std::chrono::hours(24);
// Peaks of on-demand streams are remembered for so many days.
inline constexpr std::uint32_t peak_days = 30;
// What a shard of an on-demand stream is made for.
inline constexpr std::uint64_t shard_bytes_per_second = 1u << 20;
inline constexpr std::uint64_t shard_records_per_second = 1'000;
// Tries to put records whose shard has changed under them, and the pause between two.
inline constexpr int route_tries_max = 100;
inline constexpr Duration route_pause{20};
// The most buckets that a lane's throttle remembers.
inline constexpr std::size_t throttled_keys_max = 200'000;
// Shard counts, retention and the like are looked after so often.
inline constexpr Duration housekeeping_interval = std::chrono::seconds(30);
// After a step that could not be done.
inline constexpr Duration settle_retry{1'000};

}  // namespace millrace::aws::kinesis
