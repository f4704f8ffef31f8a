// What the models of this folder are to the engine: the kinds of partitions that a lane can hold.
#pragma once
#include "broker/topic/topic.h"
#include "engine/lane.h"

namespace millrace::broker {

// Makes partitions of the models' kinds, for the engine.
struct PartitionOptions {
  Topic::EventReader event_reader = nullptr;  // of topics
};
engine::PartitionFactory partition_factory(PartitionOptions options = {});

}  // namespace millrace::broker
