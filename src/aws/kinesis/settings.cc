// What of a stream may be changed: retention, record size, mode, warm throughput, encryption, monitoring.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/describe.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/reshard.h"

namespace millrace::aws::kinesis {
namespace {

// Changes an ACTIVE stream's entry; its shards learn of it from the settler.
template <class Op>
class SettingHandler : public CatalogHandler<Op> {
 public:
  using CatalogHandler<Op>::CatalogHandler;

 protected:
  // Changes the entry.
  virtual Outcome<void> change(Catalog& catalog, StreamEntry& entry) = 0;

  Outcome<void> act(Catalog& catalog) override {
    auto entry = this->active(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    if (auto ok = change(catalog, *entry); !ok) return ok;
    ++entry->config;
    entry->status = StreamStatus::updating;
    entry->ready = catalog.lane().now() + this->kinesis_.delay();
    catalog.put(this->stream_.name, *entry);
    this->settle();
    return {};
  }
};

template <class Op>
class RetentionHandler : public SettingHandler<Op> {
 public:
  using SettingHandler<Op>::SettingHandler;

 protected:
  Outcome<void> change(Catalog&, StreamEntry& entry) override {
    const auto& limits = this->kinesis_.limits();
    const auto hours = this->in_.retention_period_hours;
    if (hours < static_cast<std::int32_t>(limits.retention_hours_min)) {
      return refuse(invalid_argument(fmt::format(
          "Minimum allowed retention period is {} hours. Requested retention period ({} hours) is too short.",
          limits.retention_hours_min, hours)));
    }
    if (hours > static_cast<std::int32_t>(limits.retention_hours_max)) {
      return refuse(invalid_argument(fmt::format(
          "Maximum allowed retention period is {} hours. Requested retention period ({} hours) is too long.",
          limits.retention_hours_max, hours)));
    }
    const auto wanted = static_cast<std::uint32_t>(hours);
    constexpr bool increases = std::is_same_v<Op, op::IncreaseStreamRetentionPeriod>;
    if (increases && wanted < entry.retention_hours) {
      return refuse(invalid_argument(fmt::format(
          "Requested retention period ({} hours) for stream {} can not be shorter than existing retention period ({} "
          "hours). Use DecreaseRetentionPeriod API.",
          wanted, this->stream_.name, entry.retention_hours)));
    }
    if (!increases && wanted > entry.retention_hours) {
      return refuse(invalid_argument(fmt::format(
          "Requested retention period ({} hours) for stream {} can not be longer than existing retention period ({} "
          "hours). Use IncreaseRetentionPeriod API.",
          wanted, this->stream_.name, entry.retention_hours)));
    }
    entry.retention_hours = wanted;
    return {};
  }
};

using IncreaseRetention = RetentionHandler<op::IncreaseStreamRetentionPeriod>;
using DecreaseRetention = RetentionHandler<op::DecreaseStreamRetentionPeriod>;

class UpdateMaxRecordSize final : public SettingHandler<op::UpdateMaxRecordSize> {
 public:
  using SettingHandler::SettingHandler;

 private:
  Outcome<StreamReference> subject(const Caller& caller) override {
    return refer(caller, std::nullopt, in_.stream_arn, in_.stream_id);
  }
  Outcome<void> change(Catalog&, StreamEntry& entry) override {
    entry.record_kib_max = static_cast<std::uint32_t>(in_.max_record_size_in_ki_b);
    return {};
  }
};

// An on-demand stream has at least the shards that its warm throughput needs. One that becomes on-demand keeps those that
// it has, and grows with its use.
void warm_up(Catalog& catalog, const StreamName& stream, StreamEntry& entry, const Limits& limits) {
  const auto shards = catalog.shards(stream.name);
  const auto open = std::ranges::count(shards, ShardState::open, &ShardEntry::state);
  const auto wanted = std::min(entry.warm_target_mibps, limits.shards_of_stream_max);
  if (open >= static_cast<std::ptrdiff_t>(wanted)) return;
  Reshard reshard(shards, entry.next_shard, catalog.lane().now());
  reshard.scale(wanted);
  for (const auto& shard : reshard.changed()) catalog.put(stream.name, shard);
  entry.next_shard = reshard.next_number();
}

class UpdateStreamMode final : public SettingHandler<op::UpdateStreamMode> {
 public:
  using SettingHandler::SettingHandler;

 private:
  Outcome<void> change(Catalog& catalog, StreamEntry& entry) override {
    const bool on_demand = in_.stream_mode_details.stream_mode == "ON_DEMAND";
    const auto warm = in_.warm_throughput_mi_bps.value_or(0);
    if (!on_demand && warm != 0) {
      return refuse(validation("WarmThroughputMiBps can be provided for streams in ON_DEMAND mode only."));
    }
    const auto mode = on_demand ? StreamMode::on_demand : StreamMode::provisioned;
    if (mode == entry.mode) {
      return refuse(invalid_argument(fmt::format("Stream {} under account {} is in {} mode already.", stream_.name,
                                                 stream_.account, name_of(mode))));
    }
    const auto& limits = kinesis_.limits();
    const Time now = catalog.lane().now();
    std::erase_if(entry.mode_updates, [&](Time time) { return time + updates_span <= now; });
    if (entry.mode_updates.size() >= limits.mode_updates_max) {
      return refuse(
          limit_exceeded(fmt::format("The mode of stream {} under account {} was changed {} times within 24 "
                                     "hours, which is its limit.",
                                     stream_.name, stream_.account, entry.mode_updates.size())));
    }
    if (limits.mode_updates_max <= aws_limits.mode_updates_max) entry.mode_updates.push_back(now);
    entry.mode = mode;
    entry.peaks.clear();
    entry.warm_target_mibps = static_cast<std::uint32_t>(warm);
    if (on_demand) warm_up(catalog, stream_, entry, limits);
    return {};
  }
};

class UpdateStreamWarmThroughput final : public SettingHandler<op::UpdateStreamWarmThroughput> {
 public:
  using SettingHandler::SettingHandler;

 private:
  Outcome<void> change(Catalog& catalog, StreamEntry& entry) override {
    if (entry.mode != StreamMode::on_demand) {
      return refuse(validation(fmt::format("Request is invalid. Stream {} under account {} is not in On-Demand mode.",
                                           stream_.name, stream_.account)));
    }
    entry.warm_target_mibps = static_cast<std::uint32_t>(in_.warm_throughput_mi_bps);
    out_.stream_name = stream_.name;
    out_.stream_arn = stream_.arn();
    out_.warm_throughput = warm_throughput_of(entry);
    warm_up(catalog, stream_, entry, kinesis_.limits());
    return {};
  }
};

// The name of a key: an id, an ARN or an alias. Whether there is such a key is not looked at yet.
Outcome<void> check_key_id(const std::string& key_id) {
  const bool known_form =
      key_id.starts_with("arn:aws") || key_id.starts_with("alias/") || std::ranges::all_of(key_id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
      });
  if (known_form) return {};
  return refuse(Failure{&errors::kms_not_found_exception, fmt::format("Invalid keyId {}", key_id)});
}

template <class Op>
class EncryptionHandler final : public SettingHandler<Op> {
 public:
  using SettingHandler<Op>::SettingHandler;

 private:
  Outcome<void> prepare(Call&) override {
    const auto& in = this->in_;
    if (in.encryption_type != "KMS") {
      return refuse(constraint(in.encryption_type, "encryptionType", "Member must satisfy enum value set: [KMS]"));
    }
    return check_key_id(in.key_id);
  }
  Outcome<void> change(Catalog&, StreamEntry& entry) override {
    entry.encrypted = std::is_same_v<Op, op::StartStreamEncryption>;
    entry.key_id = entry.encrypted ? this->in_.key_id : std::string();
    return {};
  }
};

// Nothing is told to the shards: they count everything always.
template <class Op>
class MonitoringHandler : public CatalogHandler<Op> {
 public:
  using CatalogHandler<Op>::CatalogHandler;

 private:
  Outcome<void> prepare(Call&) override {
    for (const auto& name : this->in_.shard_level_metrics) {
      const auto bits = metric_bits_of(name);
      if (!bits) {
        std::string names;
        for (const auto each : all_metric_names()) names += fmt::format("{}, ", each);
        return refuse(constraint(fmt::format("[{}]", name), "shardLevelMetrics",
                                 fmt::format("Member must satisfy constraint: [Member must satisfy enum value set: "
                                             "[{}ALL]]",
                                             names)));
      }
      bits_ = static_cast<std::uint8_t>(bits_ | *bits);
    }
    return {};
  }

  Outcome<void> act(Catalog& catalog) override {
    auto entry = this->active(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    auto& out = this->out_;
    out.stream_name = this->stream_.name;
    out.stream_arn = this->stream_.arn();
    out.current_shard_level_metrics = metric_names_of(entry->metrics);
    constexpr bool enables = std::is_same_v<Op, op::EnableEnhancedMonitoring>;
    entry->metrics = static_cast<std::uint8_t>(enables ? entry->metrics | bits_ : entry->metrics & ~bits_);
    out.desired_shard_level_metrics = metric_names_of(entry->metrics);
    catalog.put(this->stream_.name, *entry);
    return {};
  }

  std::uint8_t bits_ = 0;
};

}  // namespace

ActionPtr make_handler(op::IncreaseStreamRetentionPeriod, Kinesis& kinesis) {
  return std::make_unique<IncreaseRetention>(kinesis);
}
ActionPtr make_handler(op::DecreaseStreamRetentionPeriod, Kinesis& kinesis) {
  return std::make_unique<DecreaseRetention>(kinesis);
}
ActionPtr make_handler(op::UpdateMaxRecordSize, Kinesis& kinesis) {
  return std::make_unique<UpdateMaxRecordSize>(kinesis);
}
ActionPtr make_handler(op::UpdateStreamMode, Kinesis& kinesis) { return std::make_unique<UpdateStreamMode>(kinesis); }
ActionPtr make_handler(op::UpdateStreamWarmThroughput, Kinesis& kinesis) {
  return std::make_unique<UpdateStreamWarmThroughput>(kinesis);
}
ActionPtr make_handler(op::StartStreamEncryption, Kinesis& kinesis) {
  return std::make_unique<EncryptionHandler<op::StartStreamEncryption>>(kinesis);
}
ActionPtr make_handler(op::StopStreamEncryption, Kinesis& kinesis) {
  return std::make_unique<EncryptionHandler<op::StopStreamEncryption>>(kinesis);
}
ActionPtr make_handler(op::EnableEnhancedMonitoring, Kinesis& kinesis) {
  return std::make_unique<MonitoringHandler<op::EnableEnhancedMonitoring>>(kinesis);
}
ActionPtr make_handler(op::DisableEnhancedMonitoring, Kinesis& kinesis) {
  return std::make_unique<MonitoringHandler<op::DisableEnhancedMonitoring>>(kinesis);
}

}  // namespace millrace::aws::kinesis
