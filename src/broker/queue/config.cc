#include "broker/queue/config.h"

namespace millrace::broker {
namespace {

// docs/format/queue.md. A later version only adds fields at the end and raises this.
constexpr std::uint8_t config_version = 1;

void put(ByteWriter& out, const std::map<std::string, std::string>& map) {
  out.varint(map.size());
  for (const auto& [key, value] : map) {
    out.string(key);
    out.string(value);
  }
}

std::map<std::string, std::string> get_map(ByteReader& in) {
  std::map<std::string, std::string> map;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    std::string key(in.string());
    map[std::move(key)] = in.string();
  }
  return map;
}

Duration get_duration(ByteReader& in) { return Duration(static_cast<std::int64_t>(in.varint())); }
void put(ByteWriter& out, Duration duration) { out.varint(static_cast<std::uint64_t>(duration.count())); }

}  // namespace

void encode_config(const QueueConfig& config, ByteWriter& out) {
  out.u8(config_version);
  out.u8(config.fifo ? 1 : 0);
  put(out, config.visibility);
  put(out, config.delay);
  put(out, config.retention);
  put(out, config.wait);
  out.varint(config.message_bytes_max);
  out.u8(config.content_dedup ? 1 : 0);
  out.u8(static_cast<std::uint8_t>(config.dedup_scope));
  out.u8(static_cast<std::uint8_t>(config.throughput_scope));
  out.varint(config.acquired_max);
  out.u8(config.dead_letter ? 1 : 0);
  if (config.dead_letter) {
    out.string(config.dead_letter->target);
    out.varint(config.dead_letter->acquired_max);
  }
  out.u8(static_cast<std::uint8_t>(config.redrive_allow));
  out.varint(config.redrive_sources.size());
  for (const auto& source : config.redrive_sources) out.string(source);
  put(out, config.annotations);
  put(out, config.tags);
}

Result<QueueConfig> decode_config(ByteReader& in) {
  QueueConfig config;
  if (const auto version = in.u8(); version != config_version) {
    return fail(ErrorCode::unsupported, "a queue's configuration was written by a newer version");
  }
  config.fifo = in.u8() != 0;
  config.visibility = get_duration(in);
  config.delay = get_duration(in);
  config.retention = get_duration(in);
  config.wait = get_duration(in);
  config.message_bytes_max = static_cast<std::uint32_t>(in.varint());
  config.content_dedup = in.u8() != 0;
  config.dedup_scope = static_cast<DedupScope>(in.u8());
  config.throughput_scope = static_cast<ThroughputScope>(in.u8());
  config.acquired_max = static_cast<std::uint32_t>(in.varint());
  if (in.u8() != 0) {
    DeadLetterPolicy policy;
    policy.target = in.string();
    policy.acquired_max = static_cast<std::uint32_t>(in.varint());
    config.dead_letter = std::move(policy);
  }
  config.redrive_allow = static_cast<RedriveAllow>(in.u8());
  for (auto left = in.varint(); left > 0 && in.ok(); --left) config.redrive_sources.emplace_back(in.string());
  config.annotations = get_map(in);
  config.tags = get_map(in);
  if (!in.ok()) return fail(ErrorCode::damaged, "a queue's configuration is cut short");
  return config;
}

}  // namespace millrace::broker
