// Handles of message move tasks: base64 of {"taskId":"UUID","sourceArn":"ARN"}, a form that clients take apart.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/sqs/names.h"

namespace millrace::aws::sqs {

struct TaskHandle {
  std::uint64_t id = 0;  // broker::MoveTask::id
  QueueName source;
};

std::string encode_task(const TaskHandle& task);

// A handle of the right form. `id` is empty when its UUID is none that encode_task() makes for this source.
struct ReadTask {
  std::optional<std::uint64_t> id;
  std::string source_arn;
};
std::optional<ReadTask> decode_task(std::string_view text);

}  // namespace millrace::aws::sqs
