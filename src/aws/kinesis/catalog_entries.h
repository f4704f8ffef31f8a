// What the catalog of an account in a region remembers: streams, shards, registered consumers. docs/format/kinesis.md has
// the keys and bytes.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/kinesis/hash_key.h"
#include "aws/kinesis/sequence_number.h"
#include "base/bytes.h"
#include "base/time.h"

namespace millrace::aws::kinesis {

// The numbers are stored.
enum class StreamStatus : std::uint8_t { creating = 0, active = 1, updating = 2, deleting = 3 };
enum class StreamMode : std::uint8_t { provisioned = 0, on_demand = 1 };
enum class ShardState : std::uint8_t {
  planned = 0,  // to be made, not routed to
  open = 1,
  closing = 2,  // routed to until its children are
  passing = 3,  // planned, and closed before it is ever routed to: a step between a parent and its grandchildren
  closed = 4,
};
enum class ConsumerStatus : std::uint8_t { creating = 0, active = 1, deleting = 2 };

std::string_view name_of(StreamStatus status);
std::string_view name_of(StreamMode mode);
std::string_view name_of(ConsumerStatus status);

using Tags = std::map<std::string, std::string, std::less<>>;

struct DailyPeak {
  std::uint32_t day = 0;  // since 1970
  std::uint64_t bytes_per_second = 0;
  std::uint64_t records_per_second = 0;
};

struct StreamEntry {
  std::string id;
  Time created{};
  StreamStatus status = StreamStatus::creating;
  Time ready{};  // the status does not go on before
  StreamMode mode = StreamMode::provisioned;
  std::uint32_t retention_hours = 24;
  bool encrypted = false;
  std::string key_id;
  std::uint32_t record_kib_max = 1024;
  std::uint8_t metrics = 0;  // bits, in the order of metric_names
  std::uint32_t warm_target_mibps = 0;
  std::uint32_t warm_current_mibps = 0;
  std::string policy;
  std::uint32_t config = 1;   // counts the changes that the shards must learn of
  std::uint32_t settled = 0;  // up to here they have
  std::uint32_t next_shard = 0;
  Tags tags;
  std::vector<Time> shard_count_updates;
  std::vector<Time> mode_updates;
  std::vector<DailyPeak> peaks;

  // Nothing is left to be done.
  bool at_rest() const { return status == StreamStatus::active && settled == config; }
  Duration retention() const { return std::chrono::hours(retention_hours); }
};

struct ShardEntry {
  std::uint32_t number = 0;  // in the key, not in the value
  Time created{};
  std::optional<std::uint32_t> parent;
  std::optional<std::uint32_t> adjacent_parent;
  HashRange range;
  ShardState state = ShardState::planned;
  std::uint64_t end = 0;  // offset of the EndingSequenceNumber
  Time closed{};

  bool routed() const { return state == ShardState::open || state == ShardState::closing; }
  // Clients have heard of it.
  bool known() const { return routed() || state == ShardState::closed; }
  SequenceNumber at(std::uint64_t offset) const {
    return {.shard_created_ms = static_cast<std::uint64_t>(to_ms(created)), .offset = offset, .shard = number};
  }
};

struct ConsumerEntry {
  std::string name;  // in the key, not in the value
  Time created{};
  ConsumerStatus status = ConsumerStatus::creating;
  Time ready{};
  Tags tags;
  std::string policy;
};

struct AccountEntry {
  bool committed = false;
  Time started{};
  Time ended{};
};

std::string stream_entry_key(std::string_view stream);
std::string id_entry_key(std::string_view id);
std::string shard_entry_key(std::string_view stream, std::uint32_t shard);
std::string shard_entry_prefix(std::string_view stream);
std::string consumer_entry_key(std::string_view stream, std::string_view consumer);
std::string consumer_entry_prefix(std::string_view stream);
inline constexpr std::string_view stream_entries_prefix = "s/";
inline constexpr std::string_view account_entry_key = "a";

std::string encode(const StreamEntry& entry);
std::string encode(const ShardEntry& entry);
std::string encode(const ConsumerEntry& entry);
std::string encode(const AccountEntry& entry);
// Nothing when it is malformed, which a checked journal never gives, or of a newer version.
std::optional<StreamEntry> decode_stream(std::string_view value);
std::optional<ShardEntry> decode_shard(std::string_view value);
std::optional<ConsumerEntry> decode_consumer(std::string_view value);
std::optional<AccountEntry> decode_account(std::string_view value);

// What a shard knows about itself (StreamConfig::properties), so that it can judge what is put into it.
struct ShardProperties {
  std::uint32_t number = 0;
  Time created{};
  bool encrypted = false;
  bool metered = false;  // of an on-demand stream: its use is watched
  std::uint32_t record_bytes_max = 0;
  SequenceNumber at(std::uint64_t offset) const {
    return {.shard_created_ms = static_cast<std::uint64_t>(to_ms(created)), .offset = offset, .shard = number};
  }
};
std::string encode(const ShardProperties& properties);
std::optional<ShardProperties> decode_properties(std::string_view text);

}  // namespace millrace::aws::kinesis
