#include "aws/kinesis/handler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::aws::kinesis {
namespace {

// Calls a second that the service takes of an account, where its documents name a number (2026).
struct ControlRate {
  std::string_view operation;
  std::uint32_t per_second;
};
constexpr std::array<ControlRate, 26> control_rates{{
    {"AddTagsToStream", 5},
    {"CreateStream", 5},
    {"DecreaseStreamRetentionPeriod", 5},
    {"DeleteStream", 5},
    {"DeregisterStreamConsumer", 5},
    {"DescribeLimits", 1},
    {"DescribeStream", 10},
    {"DescribeStreamConsumer", 20},
    {"DescribeStreamSummary", 20},
    {"DisableEnhancedMonitoring", 5},
    {"EnableEnhancedMonitoring", 5},
    {"IncreaseStreamRetentionPeriod", 5},
    {"ListShards", 1000},
    {"ListStreamConsumers", 5},
    {"ListStreams", 5},
    {"ListTagsForStream", 5},
    {"MergeShards", 5},
    {"RegisterStreamConsumer", 5},
    {"RemoveTagsFromStream", 5},
    {"SplitShard", 5},
    {"StartStreamEncryption", 5},
    {"StopStreamEncryption", 5},
    {"UpdateMaxRecordSize", 5},
    {"UpdateShardCount", 5},
    {"UpdateStreamMode", 5},
    {"UpdateStreamWarmThroughput", 5},
}};

}  // namespace

Outcome<void> check_rate(Kinesis& kinesis, engine::Lane& lane, std::string_view operation, std::string_view key) {
  if (!kinesis.limits().control_rates) return {};
  const auto rate = std::ranges::find(control_rates, operation, &ControlRate::operation);
  if (rate == control_rates.end()) return {};
  const auto bucket = fmt::format("{}/{}", operation, key);
  if (kinesis.throttle(lane.id()).take(Rated::control, bucket, rate->per_second, 1, lane.now())) return {};
  return refuse(limit_exceeded(fmt::format("Rate exceeded for {} of the account.", operation)));
}

void CatalogAction::handle(CallPtr call) {
  auto reference = subject(call->caller);
  if (!reference) return finish(std::move(call), std::move(reference.error()));
  reference_ = std::move(*reference);
  stream_ = reference_.stream;
  if (auto prepared = prepare(*call); !prepared) return finish(std::move(call), std::move(prepared.error()));
  auto& engine = service().engine();
  env::Core& home = call->home;
  engine.run(engine.lane_of(stream_.catalog_key()), home,
             [this, call = std::move(call)](engine::Lane& lane) mutable { at_lane(lane, std::move(call)); });
}

Outcome<void> CatalogAction::perform(engine::Lane& lane) {
  if (!lane.serving()) return refuse(failed({ErrorCode::unavailable, "recovering its data"}));
  if (auto ok = check_rate(service(), lane, operation().name, stream_.catalog_key()); !ok) return ok;
  Catalog catalog(lane, stream_.catalog_key());
  if (!reference_.id.empty()) {
    stream_.name = catalog.stream_of_id(reference_.id);
    if (stream_.name.empty()) {
      return refuse(stream_not_found({stream_.region, stream_.account, reference_.id}));
    }
  }
  if (auto acted = act(catalog); !acted) return acted;
  if (auto written = catalog.commit(); !written) return refuse(failed(written.error()));
  return {};
}

void CatalogAction::at_lane(engine::Lane& lane, CallPtr call) {
  if (auto performed = perform(lane); !performed) {
    call->failure = std::move(performed.error());
    settle_ = false;
  }
  lane.when_durable([this, &lane, call = std::move(call)](Result<void> durable) mutable {
    if (!durable) call->failure = failed(durable.error());
    if (durable && settle_) service().settler().wake(lane, stream_);
    go_home(lane.core(), std::move(call), [this](CallPtr back) {
      if (!back->failure) complete(*back);
      finish(std::move(back));
    });
  });
}

Outcome<StreamEntry> CatalogAction::present(const Catalog& catalog) const {
  auto entry = catalog.stream(stream_.name);
  if (!entry) return refuse(stream_not_found(stream_));
  return std::move(*entry);
}

Outcome<StreamEntry> CatalogAction::active(const Catalog& catalog) const {
  auto entry = present(catalog);
  if (entry && entry->status != StreamStatus::active) {
    return refuse(stream_not_active(stream_, name_of(entry->status)));
  }
  return entry;
}

}  // namespace millrace::aws::kinesis
