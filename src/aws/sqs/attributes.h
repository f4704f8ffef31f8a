// Queue attributes: one table of all of them, which creating, setting and getting walk.
//
// Most live in broker::QueueConfig; what only this service understands is kept in its annotations under the
// attribute's own name.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "aws/failure.h"
#include "aws/sqs/names.h"
#include "broker/queue/config.h"
#include "broker/queue/types.h"
#include "codec/field.h"

namespace millrace::aws::sqs {

using Given = codec::Map<std::string>;  // attributes of a request: name and value

// What the attributes of a queue are read from.
struct QueueFacts {
  const QueueName& name;
  const broker::QueueConfig& config;
  Time created{};
  Time modified{};
  broker::QueueCounts counts;
};

struct QueueAttribute {
  std::string_view name;
  bool fifo_only = false;
  std::int64_t min = 0;  // of numbers
  std::int64_t max = 0;
  // The value as text; nothing when the queue has none.
  std::optional<std::string> (*read)(const QueueAttribute&, const QueueFacts&) = nullptr;
  // Null: read only.
  Outcome<void> (*write)(const QueueAttribute&, const std::string& value, broker::QueueConfig&) = nullptr;
};
std::span<const QueueAttribute> queue_attributes();
const QueueAttribute* find_attribute(std::string_view name);

// Whether the attributes ask for a FIFO queue.
bool asks_for_fifo(const Given& given);
// The value of one of the given attributes; the last counts when a name is there twice.
const std::string* find_given(const Given& given, std::string_view name);

// Applies the attributes of a request to a configuration, which is half changed after a failure. Whether a dead-letter
// target exists must have been checked before (redrive.h).
Outcome<void> apply_attributes(const Given& given, broker::QueueConfig& config);

// The first of the given attributes whose value differs from the queue's; nothing when they agree.
Outcome<std::optional<std::string_view>> find_difference(const Given& given, const QueueName& name,
                                                         const broker::QueueConfig& config);

// The attributes of these names, "All" among them, in the table's order.
Outcome<codec::Map<std::string>> read_attributes(std::span<const std::string> names, const QueueFacts& facts);
Outcome<void> check_attribute_names(std::span<const std::string> names);

// Annotations that others read too.
inline constexpr std::string_view policy_attribute = "Policy";
inline constexpr std::string_view redrive_policy_attribute = "RedrivePolicy";

}  // namespace millrace::aws::sqs
