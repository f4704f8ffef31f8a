#include "aws/kinesis/catalog_entries.h"

#include <fmt/format.h>

namespace millrace::aws::kinesis {
namespace {

constexpr std::uint8_t entry_version = 1;
constexpr std::uint32_t no_shard = 0xFFFF'FFFF;

void write(ByteWriter& out, Time time) { out.i64(to_ms(time)); }
Time read_time(ByteReader& in) { return from_ms(in.i64()); }

void write(ByteWriter& out, const Tags& tags) {
  out.varint(tags.size());
  for (const auto& [key, value] : tags) {
    out.string(key);
    out.string(value);
  }
}

Tags read_tags(ByteReader& in) {
  Tags tags;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    std::string key(in.string());
    tags.insert_or_assign(std::move(key), std::string(in.string()));
  }
  return tags;
}

void write(ByteWriter& out, const std::vector<Time>& times) {
  out.varint(times.size());
  for (const Time time : times) write(out, time);
}

std::vector<Time> read_times(ByteReader& in) {
  std::vector<Time> times;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) times.push_back(read_time(in));
  return times;
}

void write(ByteWriter& out, HashKey key) {
  out.u64(static_cast<std::uint64_t>(key));
  out.u64(static_cast<std::uint64_t>(key >> 64));
}

HashKey read_hash_key(ByteReader& in) {
  const HashKey low = in.u64();
  return low | static_cast<HashKey>(in.u64()) << 64;
}

// A stored number that must be one of the enumeration's.
template <class Enum>
bool read_enum(ByteReader& in, Enum last, Enum& into) {
  const auto number = in.u8();
  into = static_cast<Enum>(number);
  return number <= static_cast<std::uint8_t>(last);
}

std::optional<std::uint32_t> read_parent(ByteReader& in) {
  const auto number = in.u32();
  return number == no_shard ? std::nullopt : std::optional(number);
}

}  // namespace

std::string_view name_of(StreamStatus status) {
  switch (status) {
    case StreamStatus::creating: return "CREATING";
    case StreamStatus::active: return "ACTIVE";
    case StreamStatus::updating: return "UPDATING";
    case StreamStatus::deleting: return "DELETING";
  }
  return {};
}

std::string_view name_of(StreamMode mode) { return mode == StreamMode::on_demand ? "ON_DEMAND" : "PROVISIONED"; }

std::string_view name_of(ConsumerStatus status) {
  switch (status) {
    case ConsumerStatus::creating: return "CREATING";
    case ConsumerStatus::active: return "ACTIVE";
    case ConsumerStatus::deleting: return "DELETING";
  }
  return {};
}

std::string stream_entry_key(std::string_view stream) { return fmt::format("s/{}", stream); }
std::string id_entry_key(std::string_view id) { return fmt::format("i/{}", id); }
std::string shard_entry_prefix(std::string_view stream) { return fmt::format("h/{}/", stream); }
std::string shard_entry_key(std::string_view stream, std::uint32_t shard) {
  return fmt::format("h/{}/{:010}", stream, shard);
}
std::string consumer_entry_prefix(std::string_view stream) { return fmt::format("c/{}/", stream); }
std::string consumer_entry_key(std::string_view stream, std::string_view consumer) {
  return fmt::format("c/{}/{}", stream, consumer);
}

std::string encode(const StreamEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(entry_version);
  out.string(entry.id);
  write(out, entry.created);
  out.u8(static_cast<std::uint8_t>(entry.status));
  write(out, entry.ready);
  out.u8(static_cast<std::uint8_t>(entry.mode));
  out.u32(entry.retention_hours);
  out.u8(entry.encrypted ? 1 : 0);
  out.string(entry.key_id);
  out.u32(entry.record_kib_max);
  out.u8(entry.metrics);
  out.u32(entry.warm_target_mibps);
  out.u32(entry.warm_current_mibps);
  out.string(entry.policy);
  out.u32(entry.config);
  out.u32(entry.settled);
  out.u32(entry.next_shard);
  write(out, entry.tags);
  write(out, entry.shard_count_updates);
  write(out, entry.mode_updates);
  out.varint(entry.peaks.size());
  for (const auto& peak : entry.peaks) {
    out.u32(peak.day);
    out.u64(peak.bytes_per_second);
    out.u64(peak.records_per_second);
  }
  return bytes;
}

std::optional<StreamEntry> decode_stream(std::string_view value) {
  ByteReader in(value);
  StreamEntry entry;
  if (in.u8() != entry_version) return std::nullopt;
  entry.id = in.string();
  entry.created = read_time(in);
  if (!read_enum(in, StreamStatus::deleting, entry.status)) return std::nullopt;
  entry.ready = read_time(in);
  if (!read_enum(in, StreamMode::on_demand, entry.mode)) return std::nullopt;
  entry.retention_hours = in.u32();
  entry.encrypted = in.u8() != 0;
  entry.key_id = in.string();
  entry.record_kib_max = in.u32();
  entry.metrics = in.u8();
  entry.warm_target_mibps = in.u32();
  entry.warm_current_mibps = in.u32();
  entry.policy = in.string();
  entry.config = in.u32();
  entry.settled = in.u32();
  entry.next_shard = in.u32();
  entry.tags = read_tags(in);
  entry.shard_count_updates = read_times(in);
  entry.mode_updates = read_times(in);
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    DailyPeak peak;
    peak.day = in.u32();
    peak.bytes_per_second = in.u64();
    peak.records_per_second = in.u64();
    entry.peaks.push_back(peak);
  }
  return in.done() ? std::optional(std::move(entry)) : std::nullopt;
}

std::string encode(const ShardEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(entry_version);
  write(out, entry.created);
  out.u32(entry.parent.value_or(no_shard));
  out.u32(entry.adjacent_parent.value_or(no_shard));
  write(out, entry.range.first);
  write(out, entry.range.last);
  out.u8(static_cast<std::uint8_t>(entry.state));
  out.u64(entry.end);
  write(out, entry.closed);
  return bytes;
}

std::optional<ShardEntry> decode_shard(std::string_view value) {
  ByteReader in(value);
  ShardEntry entry;
  if (in.u8() != entry_version) return std::nullopt;
  entry.created = read_time(in);
  entry.parent = read_parent(in);
  entry.adjacent_parent = read_parent(in);
  entry.range.first = read_hash_key(in);
  entry.range.last = read_hash_key(in);
  if (!read_enum(in, ShardState::closed, entry.state)) return std::nullopt;
  entry.end = in.u64();
  entry.closed = read_time(in);
  return in.done() ? std::optional(entry) : std::nullopt;
}

std::string encode(const ConsumerEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(entry_version);
  write(out, entry.created);
  out.u8(static_cast<std::uint8_t>(entry.status));
  write(out, entry.ready);
  write(out, entry.tags);
  out.string(entry.policy);
  return bytes;
}

std::optional<ConsumerEntry> decode_consumer(std::string_view value) {
  ByteReader in(value);
  ConsumerEntry entry;
  if (in.u8() != entry_version) return std::nullopt;
  entry.created = read_time(in);
  if (!read_enum(in, ConsumerStatus::deleting, entry.status)) return std::nullopt;
  entry.ready = read_time(in);
  entry.tags = read_tags(in);
  entry.policy = in.string();
  return in.done() ? std::optional(std::move(entry)) : std::nullopt;
}

std::string encode(const AccountEntry& entry) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(entry_version);
  out.u8(entry.committed ? 1 : 0);
  write(out, entry.started);
  write(out, entry.ended);
  return bytes;
}

std::optional<AccountEntry> decode_account(std::string_view value) {
  ByteReader in(value);
  AccountEntry entry;
  if (in.u8() != entry_version) return std::nullopt;
  entry.committed = in.u8() != 0;
  entry.started = read_time(in);
  entry.ended = read_time(in);
  return in.done() ? std::optional(entry) : std::nullopt;
}

std::string encode(const ShardProperties& properties) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(entry_version);
  out.u32(properties.number);
  write(out, properties.created);
  out.u8(properties.encrypted ? 1 : 0);
  out.u8(properties.metered ? 1 : 0);
  out.u32(properties.record_bytes_max);
  return bytes;
}

std::optional<ShardProperties> decode_properties(std::string_view text) {
  ByteReader in(text);
  ShardProperties properties;
  if (in.u8() != entry_version) return std::nullopt;
  properties.number = in.u32();
  properties.created = read_time(in);
  properties.encrypted = in.u8() != 0;
  properties.metered = in.u8() != 0;
  properties.record_bytes_max = in.u32();
  return in.done() ? std::optional(properties) : std::nullopt;
}

}  // namespace millrace::aws::kinesis
