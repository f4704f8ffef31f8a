// Entries of the catalog as clients see them.
#pragma once
#include <string>
#include <vector>

#include "aws/kinesis/catalog_entries.h"
#include "aws/kinesis/errors.h"
#include "aws/kinesis/names.h"

namespace millrace::aws::kinesis {

namespace model = models::kinesis;

model::Shard describe(const ShardEntry& shard);
model::Consumer describe(const StreamName& stream, const ConsumerEntry& consumer);
model::WarmThroughputObject warm_throughput_of(const StreamEntry& stream);

// Shard-level metrics, by the bits of StreamEntry::metrics. Nothing for a name that is none; ALL is every bit.
std::vector<std::string> metric_names_of(std::uint8_t bits);
std::optional<std::uint8_t> metric_bits_of(std::string_view name);
std::vector<std::string_view> all_metric_names();

Failure expired_token(Time issued, Time now);

}  // namespace millrace::aws::kinesis
