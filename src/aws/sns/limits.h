// Limits of the service, in one table: the column `aws` is the service's own (verified 2026), `relaxed` lifts what only
// gets in the way on one's own machines. Lengths of single members stand in models/aws/sns.model.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::aws::sns {

struct Limits {
  std::size_t message_bytes_max;  // with its attributes; and of all messages of a batch
  std::size_t batch_entries_max;
  std::size_t batch_id_max;
  std::size_t subject_max;  // characters
  std::size_t attribute_name_bytes_max;
  std::size_t raw_attributes_max;  // of a raw copy in a queue, since SQS takes no more
  std::size_t id_max;              // characters of MessageGroupId and MessageDeduplicationId
  std::size_t topics_max;          // of an account in a region
  std::size_t fifo_topics_max;
  std::uint64_t subscriptions_max;  // of a topic
  std::uint64_t fifo_subscriptions_max;
  std::uint32_t filter_keys_max;  // names at the top of a filter policy
  std::uint32_t filter_combinations_max;
  std::size_t filter_policies_max;  // of a topic
  std::size_t filter_policies_account_max;
  std::size_t tags_max;
  std::size_t policy_bytes_max;
  std::size_t policy_statements_max;
  std::size_t data_protection_policy_max;  // characters
  std::size_t page;                        // entries of a list
  std::size_t user_data_bytes_max;         // CustomUserData of an endpoint
  bool sms_sandbox;                        // text messages go to verified numbers only
  std::size_t sandbox_numbers_max;
  Duration token_life;    // of what confirms a subscription
  Duration opt_in_pause;  // a phone number is not opted in again earlier
};

inline constexpr Limits aws_limits{
    .message_bytes_max = 262'144,
    .batch_entries_max = 10,
    .batch_id_max = 80,
    .subject_max = 100,
    .attribute_name_bytes_max = 256,
    .raw_attributes_max = 10,
    .id_max = 128,
    .topics_max = 100'000,
    .fifo_topics_max = 1'000,
    .subscriptions_max = 12'500'000,
    .fifo_subscriptions_max = 100,
    .filter_keys_max = 5,
    .filter_combinations_max = 150,
    .filter_policies_max = 200,
    .filter_policies_account_max = 10'000,
    .tags_max = 50,
    .policy_bytes_max = 30'720,
    .policy_statements_max = 100,
    .data_protection_policy_max = 30'720,
    .page = 100,
    .user_data_bytes_max = 2'048,
    .sms_sandbox = true,
    .sandbox_numbers_max = 10,
    .token_life = std::chrono::hours(48),
    .opt_in_pause = std::chrono::days(30),
};

inline constexpr Limits relaxed_limits = [] {
  Limits limits = aws_limits;
  limits.message_bytes_max = 1'048'576;
  limits.raw_attributes_max = 100;
  limits.topics_max = 10'000'000;
  limits.fifo_topics_max = 10'000'000;
  limits.fifo_subscriptions_max = limits.subscriptions_max;
  limits.filter_keys_max = 100;
  limits.filter_combinations_max = 10'000;
  limits.filter_policies_max = 10'000'000;
  limits.filter_policies_account_max = 100'000'000;
  limits.sms_sandbox = false;
  limits.opt_in_pause = Duration{};
  limits.sandbox_numbers_max = 1'000;
  return limits;
}();

}  // namespace millrace::aws::sns
