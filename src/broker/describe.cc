#include "broker/describe.h"

#include <fmt/format.h>

#include "broker/queue/describe.h"
#include "broker/queue/queue.h"
#include "broker/stream/describe.h"
#include "broker/stream/stream_partition.h"
#include "broker/table/table.h"
#include "broker/topic/describe.h"
#include "broker/topic/topic.h"

namespace millrace::broker {

std::string describe_change(std::uint8_t kind, std::uint16_t type, Bytes change) {
  switch (kind) {
    case Queue::kind: return describe_queue_change(type, change);
    case StreamPartition::kind: return describe_stream_change(type, change);
    case Topic::kind: return describe_topic_change(type, change);
    case Table::kind: return fmt::format("write, {} bytes", change.size());
    default: return fmt::format("change {} of {} bytes", type, change.size());
  }
}

std::string describe_record(std::uint8_t kind, Bytes record) {
  switch (kind) {
    case Queue::kind: return describe_message(record);
    case StreamPartition::kind: return describe_batch(record);
    default: return fmt::format("{} bytes", record.size());
  }
}

}  // namespace millrace::broker
