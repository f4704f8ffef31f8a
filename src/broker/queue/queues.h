// Finding and making queues in a lane.
#pragma once
#include <string>
#include <string_view>

#include "broker/partitions.h"
#include "broker/queue/queue.h"
#include "engine/lane.h"

namespace millrace::broker {

// The queue of this key; null when there is none (or something else has the key).
Queue* find_queue(engine::Lane& lane, std::string_view key);
// `key` must be free.
Queue& create_queue(engine::Lane& lane, const std::string& key, const QueueConfig& config);

}  // namespace millrace::broker
