// Limits of the service, in one table: the column `aws` is the service's own (verified 2026), `relaxed` lifts what only
// gets in the way on one's own machines. Ranges of single members stand in models/aws/sqs.model, those of queue
// attributes in attributes.cc; both are the same under either choice.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::sqs {

struct Limits {
  std::size_t batch_entries_max;
  std::size_t batch_bytes_max;
  std::size_t message_attributes_max;
  std::size_t attribute_name_bytes_max;
  std::size_t group_id_max;  // characters of MessageGroupId, MessageDeduplicationId and the attempt id
  std::size_t batch_id_max;
  std::size_t tags_max;
  std::size_t tag_key_max;
  std::size_t tag_value_max;
  std::size_t label_max;
  std::size_t actions_max;     // of one permission
  std::size_t statements_max;  // of one policy
  std::size_t list_max;        // queues in one answer
  std::uint32_t standard_in_flight_max;
  std::uint32_t fifo_in_flight_max;
  Duration purge_interval;              // at least this long between two purges of a queue
  Duration recreate_after;              // a deleted queue's name
  std::uint32_t fifo_calls_per_second;  // of each operation and queue, or group at high throughput; 0: no limit
};

inline constexpr Limits aws_limits{
    .batch_entries_max = 10,
    .batch_bytes_max = 1'048'576,
    .message_attributes_max = 10,
    .attribute_name_bytes_max = 256,
    .group_id_max = 128,
    .batch_id_max = 80,
    .tags_max = 50,
    .tag_key_max = 128,
    .tag_value_max = 256,
    .label_max = 80,
    .actions_max = 7,
    .statements_max = 20,
    .list_max = 1000,
    .standard_in_flight_max = 120'000,
    .fifo_in_flight_max = 120'000,
    .purge_interval = std::chrono::seconds(60),
    .recreate_after = std::chrono::seconds(60),
    .fifo_calls_per_second = 300,
};

inline constexpr Limits relaxed_limits = [] {
  Limits limits = aws_limits;
  limits.message_attributes_max = 100;
  limits.standard_in_flight_max = 1'000'000;
  limits.fifo_in_flight_max = 1'000'000;
  limits.purge_interval = Duration{};
  limits.recreate_after = Duration{};
  limits.fifo_calls_per_second = 0;
  return limits;
}();

// The most groups of high-throughput queues whose rate a lane remembers; beyond it the idle ones are forgotten first.
inline constexpr std::size_t throttled_keys_max = 10'000;

}  // namespace millrace::aws::sqs
