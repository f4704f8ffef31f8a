// Counters: what CloudWatch and /metrics know of a topic's deliveries. On the lane's core.
#pragma once
#include <cstdint>
#include <string_view>

#include "aws/sns/deliver/ended.h"
#include "delivery/money.h"
#include "engine/lane.h"

namespace millrace::aws::sns::deliver {

// `bytes` as the service counts a message. What went to queues is delivered with that.
void count_published(broker::Topic& topic, std::size_t bytes, bool has_attributes, const broker::Published& published);
void count_delivered(engine::Lane& lane, const Ended& ended);
// Given up; to a dead-letter queue if the recipient has one.
void count_failed(engine::Lane& lane, const Ended& ended);
// What text messages of an account have cost since the month began, whenever that changes.
void count_spent(engine::Lane& lane, std::string_view region, std::string_view account, delivery::MicroUsd spent);
// Dead letters whose queue was not there. `key`: of the queue that they left.
void count_dead_letters_lost(engine::Lane& lane, std::string_view key, std::uint64_t count);

}  // namespace millrace::aws::sns::deliver
