// What the models of this folder are to the engine: the kinds of partitions that a lane can hold.
#pragma once
#include "engine/lane.h"

namespace millrace::broker {

// Makes partitions of the models' kinds, for the engine.
engine::PartitionFactory partition_factory();

}  // namespace millrace::broker
