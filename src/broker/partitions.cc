#include "broker/partitions.h"

#include "broker/queue/queue.h"
#include "broker/stream/stream_partition.h"
#include "broker/table/table.h"
#include "broker/topic/topic.h"

namespace millrace::broker {

engine::PartitionFactory partition_factory(PartitionOptions options) {
  return [options](engine::Lane& lane, engine::PartitionId id, std::uint8_t kind,
                   const std::string& key) -> std::unique_ptr<engine::Partition> {
    switch (kind) {
      case Queue::kind: return std::make_unique<Queue>(lane, id, key);
      case StreamPartition::kind: return std::make_unique<StreamPartition>(lane, id, key);
      case Topic::kind: {
        auto topic = std::make_unique<Topic>(lane, id, key);
        topic->set_event_reader(options.event_reader);
        return topic;
      }
      case Table::kind: return std::make_unique<Table>(lane, id, key);
      default: return nullptr;
    }
  };
}

}  // namespace millrace::broker
