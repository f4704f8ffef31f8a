#include "aws/kinesis/describe.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

namespace millrace::aws::kinesis {
namespace {

// In the order of their bits.
constexpr std::array<std::string_view, 7> metric_names{
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
};

std::tm utc(Time time) { return fmt::gmtime(static_cast<std::time_t>(to_ms(time) / 1000)); }

}  // namespace

model::Shard describe(const ShardEntry& shard) {
  model::Shard out;
  out.shard_id = shard_id(shard.number);
  if (shard.parent) out.parent_shard_id = shard_id(*shard.parent);
  if (shard.adjacent_parent) out.adjacent_parent_shard_id = shard_id(*shard.adjacent_parent);
  out.hash_key_range = {text_of(shard.range.first), text_of(shard.range.last)};
  out.sequence_number_range.starting_sequence_number = text_of(shard.at(0));
  if (shard.state == ShardState::closed)
    out.sequence_number_range.ending_sequence_number = text_of(shard.at(shard.end));
  return out;
}

model::Consumer describe(const StreamName& stream, const ConsumerEntry& consumer) {
  model::Consumer out;
  out.consumer_name = consumer.name;
  out.consumer_arn = consumer_arn(stream, consumer.name, consumer.created);
  out.consumer_status = name_of(consumer.status);
  out.consumer_creation_timestamp = consumer.created;
  return out;
}

model::WarmThroughputObject warm_throughput_of(const StreamEntry& stream) {
  model::WarmThroughputObject out;
  out.target_mi_bps = static_cast<std::int32_t>(stream.warm_target_mibps);
  out.current_mi_bps = static_cast<std::int32_t>(stream.warm_current_mibps);
  return out;
}

std::vector<std::string> metric_names_of(std::uint8_t bits) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < metric_names.size(); ++i) {
    if ((bits >> i & 1) != 0) names.emplace_back(metric_names[i]);
  }
  return names;
}

std::optional<std::uint8_t> metric_bits_of(std::string_view name) {
  if (name == "ALL") return static_cast<std::uint8_t>((1u << metric_names.size()) - 1);
  for (std::size_t i = 0; i < metric_names.size(); ++i) {
    if (metric_names[i] == name) return static_cast<std::uint8_t>(1u << i);
  }
  return std::nullopt;
}

std::vector<std::string_view> all_metric_names() { return {metric_names.begin(), metric_names.end()}; }

Failure expired_token(Time issued, Time now) {
  return {&errors::expired_next_token_exception,
          fmt::format("Next token expired. The next token was created at {:%a %b %d %H:%M:%S} UTC {:%Y}, and it is now "
                      "{:%a %b %d %H:%M:%S} UTC {:%Y}.",
                      utc(issued), utc(issued), utc(now), utc(now))};
}

}  // namespace millrace::aws::kinesis
