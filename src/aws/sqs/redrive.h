// RedrivePolicy and RedriveAllowPolicy: JSON as clients send it, and what it means.
//
// The compact text of what was sent is kept with the queue, since that is what clients read back.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws/sqs/names.h"
#include "broker/queue/config.h"

namespace millrace::broker {
class Queue;
}

namespace millrace::aws::sqs {

inline constexpr std::uint32_t receive_count_max = 1000;
inline constexpr std::size_t redrive_sources_max = 10;

struct RedrivePolicy {
  std::string sent;
  std::string compact;
  QueueName target;
  std::uint32_t receives_max = 0;
};
Outcome<RedrivePolicy> parse_redrive_policy(const std::string& text);

// Whether `source` may use the policy's target, on the target's lane; `target` is null when it does not exist.
Outcome<void> check_redrive_target(const RedrivePolicy& policy, const QueueName& source, const broker::Queue* target);

struct RedriveAllowPolicy {
  std::string compact;
  broker::RedriveAllow allow = broker::RedriveAllow::all;
  std::vector<std::string> source_keys;
};
Outcome<RedriveAllowPolicy> parse_redrive_allow_policy(const std::string& text);

}  // namespace millrace::aws::sqs
