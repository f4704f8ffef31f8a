#include "aws/kinesis/shard_read.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/record_batch.h"

namespace millrace::aws::kinesis {
namespace {

using Kind = StartingPoint::Kind;

Failure bad_sequence(std::string_view sequence, std::string_view operation, std::string_view shard,
                     const StreamName& stream, std::string_view why) {
  return invalid_argument(
      fmt::format("StartingSequenceNumber {} used in {} on shard {} in stream {} under account {} is "
                  "invalid{}.",
                  sequence, operation, shard, stream.name, stream.account, why));
}

Kind kind_of(std::string_view type) {
  if (type == "AT_SEQUENCE_NUMBER") return Kind::at_sequence;
  if (type == "AFTER_SEQUENCE_NUMBER") return Kind::after_sequence;
  if (type == "TRIM_HORIZON") return Kind::trim_horizon;
  if (type == "AT_TIMESTAMP") return Kind::at_timestamp;
  return Kind::latest;
}

}  // namespace

Outcome<StartingPoint> parse_starting_point(const std::string& type, const std::optional<std::string>& sequence,
                                            const std::optional<Time>& time, std::string_view operation,
                                            std::string_view shard, const StreamName& stream, Time now) {
  StartingPoint point{.kind = kind_of(type)};
  const bool by_sequence = point.kind == Kind::at_sequence || point.kind == Kind::after_sequence;
  if (by_sequence != sequence.has_value()) {
    return refuse(invalid_argument(fmt::format(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) "
        "TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {} and {} StartingSequenceNumber.",
        type, sequence ? "also a" : "no")));
  }
  if (sequence) {
    if (!looks_like_sequence_number(*sequence)) {
      return refuse(bad_pattern(*sequence, "startingSequenceNumber", "0|([1-9]\\d{0,128})"));
    }
    point.sequence = parse_sequence_number(*sequence);
    if (!point.sequence) return refuse(bad_sequence(*sequence, operation, shard, stream, ""));
    if (point.sequence->shard != parse_shard_id(shard)) {
      return refuse(bad_sequence(*sequence, operation, shard, stream, " because it did not come from this stream"));
    }
  }
  if (point.kind == Kind::at_timestamp) {
    if (!time) {
      return refuse(
          invalid_argument("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current "
                           "request has no timestamp "
                           "parameter."));
    }
    if (*time > now) {
      return refuse(invalid_argument(fmt::format(
          "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {}, "
          "currentTimestampInMillis: {}",
          to_ms(*time), to_ms(now))));
    }
    point.time = time;
  }
  return point;
}

void resolve(broker::StreamPartition& shard, const ShardProperties& properties, const StartingPoint& from,
             Callback<void(Outcome<std::uint64_t>)> done) {
  switch (from.kind) {
    case Kind::latest: return done(shard.end().get());
    case Kind::trim_horizon: return done(shard.first().get());
    case Kind::at_timestamp:
      return shard.find_time(*from.time, [done = std::move(done)](Result<broker::Offset> found) mutable {
        done(found ? Outcome<std::uint64_t>(found->get()) : refuse(failed(found.error())));
      });
    case Kind::at_sequence:
    case Kind::after_sequence: break;
  }
  const auto offset = from.sequence->offset;
  if (from.sequence->shard_created_ms != static_cast<std::uint64_t>(to_ms(properties.created)) ||
      offset > shard.next().get()) {
    return done(
        refuse(invalid_argument(fmt::format("StartingSequenceNumber {} is invalid because it did not come from "
                                            "this stream.",
                                            text_of(*from.sequence)))));
  }
  const auto wanted = offset + (from.kind == Kind::after_sequence ? 1 : 0);
  done(std::max(wanted, shard.first().get()));
}

Cut cut(const broker::StreamRead& read, const ShardProperties& properties, std::uint64_t from, CutLimits limits,
        codec::Arena& arena) {
  Cut result{.next = from, .all = true};
  std::uint64_t expected = 0;
  for (const auto& batch : read.batches) expected += batch.records;
  result.records.reserve(std::min<std::uint64_t>(expected, limits.records_max));
  for (const auto& batch : read.batches) {
    BatchReader reader(batch.bytes);
    std::uint64_t offset = batch.first.get();
    SequenceText sequence(properties.at(std::max(offset, from)));
    for (StoredRecord record; reader.next(record); ++offset) {
      if (offset < from) continue;
      const std::size_t bytes = record.partition_key.size() + record.data.size();
      const bool full = result.records.size() >= limits.records_max || result.bytes + bytes > limits.bytes_max;
      if (full && !result.records.empty()) {
        result.all = false;
        return result;
      }
      auto& out = result.records.emplace_back();
      char* const digits = arena.room(sequence_digits);
      sequence.write(digits);
      sequence.next();
      out.sequence_number = {digits, sequence_digits};
      out.approximate_arrival_timestamp = batch.time;
      out.data.bytes = record.data;
      out.partition_key = record.partition_key;
      if (reader.encrypted()) out.encryption_type = "KMS";
      result.bytes += bytes;
      result.next = offset + 1;
    }
    if (!reader.good()) {
      result.damaged = true;
      return result;
    }
  }
  // What was trimmed meanwhile is stepped over.
  result.next = std::max(result.next, read.next.get());
  return result;
}

std::vector<model::ChildShard> children_of(const Catalog& catalog, const StreamName& stream, std::uint32_t shard) {
  std::vector<model::ChildShard> children;
  for (const auto& each : catalog.shards(stream.name)) {
    if ((each.parent != shard && each.adjacent_parent != shard) || !each.known()) continue;
    auto& child = children.emplace_back();
    child.shard_id = shard_id(each.number);
    child.parent_shards.push_back(shard_id(*each.parent));
    if (each.adjacent_parent) child.parent_shards.push_back(shard_id(*each.adjacent_parent));
    child.hash_key_range = {text_of(each.range.first), text_of(each.range.last)};
  }
  return children;
}

}  // namespace millrace::aws::kinesis
