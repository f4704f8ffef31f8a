// Creating, deleting and describing streams.
#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/describe.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/sealed.h"
#include "aws/kinesis/tags.h"

namespace millrace::aws::kinesis {
namespace {

// The service's ids have a dash behind the twentieth symbol, from which its SDKs make a host name of their own, whatever
// endpoint they were given (the client library with enhanced fan-out does nothing else). Without the dash they stay here.
std::string random_id(env::Core& core) {
  constexpr std::string_view symbols = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t length = 24;
  std::string id;
  while (id.size() < length) id += symbols[core.random_u64() % symbols.size()];
  return id;
}

class CreateStream final : public CatalogHandler<op::CreateStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<StreamReference> subject(const Caller& caller) override {
    if (!is_name(in_.stream_name)) return refuse(bad_pattern(in_.stream_name, "streamName", "[a-zA-Z0-9_.-]+"));
    return StreamReference{.stream = {caller.region, caller.account, in_.stream_name}};
  }

  Outcome<void> prepare(Call& call) override {
    const bool on_demand = in_.stream_mode_details && in_.stream_mode_details->stream_mode == "ON_DEMAND";
    if (on_demand && in_.shard_count) {
      return refuse(validation("ShardCount must not be provided for streams in ON_DEMAND mode."));
    }
    if (!on_demand && !in_.shard_count) {
      return refuse(validation("ShardCount is required for streams in PROVISIONED mode."));
    }
    if (!on_demand && in_.warm_throughput_mi_bps.value_or(0) != 0) {
      return refuse(validation("WarmThroughputMiBps can be provided for streams in ON_DEMAND mode only."));
    }
    if (auto ok = check_tags(in_.tags); !ok) return ok;
    entry_.mode = on_demand ? StreamMode::on_demand : StreamMode::provisioned;
    entry_.warm_target_mibps = static_cast<std::uint32_t>(in_.warm_throughput_mi_bps.value_or(0));
    const auto& limits = kinesis_.limits();
    shards_ = on_demand ? std::max(limits.on_demand_shards, entry_.warm_target_mibps)
                        : static_cast<std::uint32_t>(*in_.shard_count);
    if (shards_ > limits.shards_of_stream_max) {
      return refuse(limit_exceeded(fmt::format("A stream has at most {} shards.", limits.shards_of_stream_max)));
    }
    entry_.id = random_id(call.home);
    entry_.record_kib_max =
        static_cast<std::uint32_t>(in_.max_record_size_in_ki_b.value_or(static_cast<int>(limits.record_kib_default)));
    for (const auto& [key, value] : in_.tags) entry_.tags.insert_or_assign(key, value);
    if (auto ok = check_tag_count(entry_.tags, stream_, limits); !ok) return ok;
    return {};
  }

  Outcome<void> act(Catalog& catalog) override {
    if (catalog.stream(stream_.name)) return refuse(stream_exists(stream_));
    const auto& limits = kinesis_.limits();
    const auto totals = catalog.totals();
    if (totals.open_shards + shards_ > limits.shards_max) {
      return refuse(limit_exceeded(
          fmt::format("This request would exceed the shard limit for the account {} in {}. Current shard count for the "
                      "account: {}. "
                      "Limit: {}. Number of additional shards that would have resulted from this request: {}.",
                      stream_.account, stream_.region, totals.open_shards, limits.shards_max, shards_)));
    }
    if (entry_.mode == StreamMode::on_demand && totals.on_demand_streams >= limits.on_demand_streams_max) {
      return refuse(limit_exceeded(fmt::format("The account {} has {} on-demand streams, which is its limit.",
                                               stream_.account, totals.on_demand_streams)));
    }
    const Time now = catalog.lane().now();
    entry_.created = now;
    entry_.ready = now + kinesis_.delay();
    entry_.next_shard = shards_;
    catalog.put(stream_.name, entry_);
    catalog.put_id(entry_.id, stream_.name);
    for (std::uint32_t i = 0; i < shards_; ++i) {
      catalog.put(stream_.name, ShardEntry{.number = i, .created = now, .range = uniform_range(i, shards_)});
    }
    settle();
    return {};
  }

  StreamEntry entry_;
  std::uint32_t shards_ = 0;
};

class DeleteStream final : public CatalogHandler<op::DeleteStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = present(catalog);
    if (!entry) return refuse(std::move(entry.error()));
    if (entry->status == StreamStatus::deleting) return {};
    const auto consumers = catalog.consumers(stream_.name);
    if (!consumers.empty() && !in_.enforce_consumer_deletion.value_or(false)) {
      return refuse(in_use(fmt::format(
          "Stream {} under account {} has registered consumers, and EnforceConsumerDeletion is not set to true.",
          stream_.name, stream_.account)));
    }
    entry->status = StreamStatus::deleting;
    entry->ready = catalog.lane().now() + kinesis_.delay();
    catalog.put(stream_.name, *entry);
    settle();
    return {};
  }
};

class DescribeStream final : public CatalogHandler<op::DescribeStream> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  static constexpr std::size_t limit_default = 100;

  Outcome<void> prepare(Call&) override {
    if (!in_.exclusive_start_shard_id) return {};
    after_ = parse_shard_id(*in_.exclusive_start_shard_id);
    if (after_) return {};
    return refuse(invalid_argument(fmt::format("ExclusiveStartShardId {} is invalid.", *in_.exclusive_start_shard_id)));
  }

  Outcome<void> act(Catalog& catalog) override {
    auto entry = catalog.stream(stream_.name);
    if (!entry) return refuse(stream_not_found(stream_));
    auto& out = out_.stream_description;
    out.stream_name = stream_.name;
    out.stream_arn = stream_.arn();
    out.stream_status = name_of(entry->status);
    out.stream_mode_details = model::StreamModeDetails{std::string(name_of(entry->mode))};
    out.retention_period_hours = static_cast<std::int32_t>(entry->retention_hours);
    out.stream_creation_timestamp = entry->created;
    out.enhanced_monitoring.push_back({metric_names_of(entry->metrics)});
    out.encryption_type = entry->encrypted ? "KMS" : "NONE";
    if (entry->encrypted) out.key_id = entry->key_id;
    out.has_more_shards = false;
    const auto count_max = in_.limit ? static_cast<std::size_t>(*in_.limit) : limit_default;
    for (const auto& shard : catalog.shards(stream_.name)) {
      if (!shard.known() || (after_ && shard.number <= *after_)) continue;
      if (out.shards.size() == count_max) {
        out.has_more_shards = true;
        break;
      }
      out.shards.push_back(describe(shard));
    }
    return {};
  }

  std::optional<std::uint32_t> after_;
};

class DescribeStreamSummary final : public CatalogHandler<op::DescribeStreamSummary> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  Outcome<void> act(Catalog& catalog) override {
    auto entry = catalog.stream(stream_.name);
    if (!entry) return refuse(stream_not_found(stream_));
    auto& out = out_.stream_description_summary;
    out.stream_name = stream_.name;
    out.stream_arn = stream_.arn();
    out.stream_id = entry->id;
    out.stream_status = name_of(entry->status);
    out.stream_mode_details = model::StreamModeDetails{std::string(name_of(entry->mode))};
    out.retention_period_hours = static_cast<std::int32_t>(entry->retention_hours);
    out.stream_creation_timestamp = entry->created;
    out.enhanced_monitoring.push_back({metric_names_of(entry->metrics)});
    out.encryption_type = entry->encrypted ? "KMS" : "NONE";
    if (entry->encrypted) out.key_id = entry->key_id;
    const auto shards = catalog.shards(stream_.name);
    out.open_shard_count = static_cast<std::int32_t>(std::ranges::count_if(shards, &ShardEntry::routed));
    out.consumer_count = static_cast<std::int32_t>(catalog.consumers(stream_.name).size());
    out.max_record_size_in_ki_b = static_cast<std::int32_t>(entry->record_kib_max);
    if (entry->mode == StreamMode::on_demand) out.warm_throughput = warm_throughput_of(*entry);
    return {};
  }
};

class ListStreams final : public CatalogHandler<op::ListStreams> {
 public:
  using CatalogHandler::CatalogHandler;

 private:
  static constexpr std::size_t limit_default = 100;

  Outcome<void> prepare(Call& call) override {
    after_ = in_.exclusive_start_stream_name.value_or(std::string());
    if (!in_.next_token) return {};
    if (in_.exclusive_start_stream_name) {
      return refuse(invalid_argument("NextToken and ExclusiveStartStreamName cannot be provided together."));
    }
    const auto fields = unseal(Sealed::streams, *in_.next_token);
    ByteReader in(fields ? std::string_view(*fields) : std::string_view());
    after_ = in.string();
    const Time issued = from_ms(in.i64());
    if (!fields || !in.done()) return refuse(invalid_argument("NextToken is invalid."));
    if (call.home.now() > issued + kinesis_.limits().token_life) return refuse(expired_token(issued, call.home.now()));
    return {};
  }

  Outcome<void> act(Catalog& catalog) override {
    const auto count_max = in_.limit ? static_cast<std::size_t>(*in_.limit) : limit_default;
    auto names = catalog.streams(after_, count_max + 1);
    out_.has_more_streams = names.size() > count_max;
    if (out_.has_more_streams) names.resize(count_max);
    for (const auto& name : names) {
      const auto entry = catalog.stream(name);
      if (!entry) continue;
      auto& summary = out_.stream_summaries.emplace_back();
      summary.stream_name = name;
      summary.stream_arn = StreamName{stream_.region, stream_.account, name}.arn();
      summary.stream_status = name_of(entry->status);
      summary.stream_mode_details = model::StreamModeDetails{std::string(name_of(entry->mode))};
      summary.stream_creation_timestamp = entry->created;
    }
    if (out_.has_more_streams) {
      std::string fields;
      ByteWriter out(fields);
      out.string(names.back());
      out.i64(to_ms(catalog.lane().now()));
      out_.next_token = seal(Sealed::streams, fields);
    }
    out_.stream_names = std::move(names);
    return {};
  }

  std::string after_;
};

}  // namespace

ActionPtr make_handler(op::CreateStream, Kinesis& kinesis) { return std::make_unique<CreateStream>(kinesis); }
ActionPtr make_handler(op::DeleteStream, Kinesis& kinesis) { return std::make_unique<DeleteStream>(kinesis); }
ActionPtr make_handler(op::DescribeStream, Kinesis& kinesis) { return std::make_unique<DescribeStream>(kinesis); }
ActionPtr make_handler(op::DescribeStreamSummary, Kinesis& kinesis) {
  return std::make_unique<DescribeStreamSummary>(kinesis);
}
ActionPtr make_handler(op::ListStreams, Kinesis& kinesis) { return std::make_unique<ListStreams>(kinesis); }

}  // namespace millrace::aws::kinesis
