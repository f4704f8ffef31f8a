#include "aws/kinesis/put.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "aws/kinesis/counters.h"

namespace millrace::aws::kinesis {

// What goes into one shard, and what became of it. Goes to the lane and comes back.
struct PutAction::ShardBatch {
  const StreamView::Shard* shard = nullptr;  // of `view`
  StreamViewPtr view;
  std::optional<SequenceNumber> above;
  std::vector<std::uint32_t> items;  // in their order
  std::size_t largest = 0;
  bool leads = false;  // the call's first

  bool stale = false;              // nothing was done; the view is out of date
  std::optional<Failure> failure;  // of those that were not taken
  std::uint32_t taken = 0;         // of `items`, from the first on
  std::uint64_t bytes = 0;         // of those
  SequenceNumber first;
};

struct PutAction::LaneVisit {
  engine::LaneId lane{};
  std::vector<ShardBatch> batches;
};

// The visits of one try, at home.
struct PutAction::Round {
  CallPtr call;
  std::size_t missing = 0;
};

void PutAction::put(CallPtr call, StreamReference stream) {
  begun_ns_ = call->home.monotonic_ns();
  reference_ = std::move(stream);
  outcomes_.resize(items_.size());
  look_up(std::move(call), false);
}

void PutAction::look_up(CallPtr call, bool fresh) {
  fresh_ = fresh;
  service().routes().find(std::move(call), reference_, fresh, [this](CallPtr back, Outcome<StreamViewPtr> view) {
    if (!view) return finish(std::move(back), std::move(view.error()));
    view_ = std::move(*view);
    attempt(std::move(back));
  });
}

std::optional<Failure> PutAction::refusal() const {
  const bool gone = view_->status == StreamStatus::deleting || view_->open.empty();
  if (gone) return stream_not_found(view_->stream);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].bytes() <= view_->record_bytes_max) continue;
    return validation(fmt::format(
        "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have length less than or "
        "equal to {}",
        data_member(i), view_->record_bytes_max));
  }
  return std::nullopt;
}

void PutAction::attempt(CallPtr call) {
  if (auto why = refusal()) {
    if (!fresh_) return look_up(std::move(call), true);
    // A stream that is being made at this moment will be there in another.
    if (view_->settling && view_->status == StreamStatus::creating && ++tries_ < route_tries_max) {
      env::Core& home = call->home;
      home.after(route_pause, [this, call = std::move(call)]() mutable { look_up(std::move(call), true); });
      return;
    }
    return finish(std::move(call), std::move(*why));
  }
  if (dry_run_) {
    return finish(std::move(call),
                  Failure{&errors::dry_run_operation_exception, "The request would have succeeded without DryRun."});
  }
  auto visits = split();
  auto round = std::make_shared<Round>(std::move(call), visits.size());
  env::Core& home = round->call->home;
  for (auto& each : visits) visit(std::move(each), round, home);
}

std::vector<PutAction::LaneVisit> PutAction::split() const {
  // By the shard's place in the view, so that nothing is searched twice.
  std::vector<std::vector<std::uint32_t>> by_shard(view_->open.size());
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (outcomes_[i].settled()) continue;
    by_shard[static_cast<std::size_t>(&view_->shard_of(items_[i].hash) - view_->open.data())].push_back(i);
  }
  std::vector<LaneVisit> visits;
  for (std::size_t s = 0; s < by_shard.size(); ++s) {
    if (by_shard[s].empty()) continue;
    ShardBatch batch{.shard = &view_->open[s], .view = view_, .above = above_, .items = std::move(by_shard[s])};
    for (const auto i : batch.items) batch.largest = std::max(batch.largest, items_[i].bytes());
    batch.leads = visits.empty() && tries_ == 0;
    auto at = std::ranges::find(visits, batch.shard->lane, &LaneVisit::lane);
    if (at == visits.end()) at = visits.insert(visits.end(), LaneVisit{batch.shard->lane, {}});
    at->batches.push_back(std::move(batch));
  }
  return visits;
}

void PutAction::visit(LaneVisit visit, const std::shared_ptr<Round>& round, env::Core& home) {
  const auto id = visit.lane;
  // The round keeps the call, and with it this action, until every lane has answered.
  service().engine().run(id, home, [this, visit = std::move(visit), round, &home](engine::Lane& lane) mutable {
    for (auto& batch : visit.batches) append(lane, batch);
    lane.when_durable(
        [this, &lane, visit = std::move(visit), round = std::move(round), &home](Result<void> durable) mutable {
          if (!durable) {
            for (auto& batch : visit.batches) {
              batch.failure = failed(durable.error());
              batch.taken = 0;
            }
          }
          count(lane, visit);
          home.post([this, visit = std::move(visit), round = std::move(round)]() mutable {
            take_results(std::move(visit));
            if (--round->missing == 0) end_round(std::move(round->call));
          });
        });
  });
}

// How many records the shard takes now; all of them unless it is limited.
std::uint32_t PutAction::admitted(engine::Lane& lane, const ShardBatch& batch) {
  const auto& limits = service().limits();
  if (limits.shard_in_bytes == 0 && limits.shard_in_records == 0) return static_cast<std::uint32_t>(batch.items.size());
  auto& throttle = service().throttle(lane.id());
  const Time now = lane.now();
  std::uint32_t count = 0;
  for (const auto item : batch.items) {
    const auto size = static_cast<std::uint32_t>(items_[item].bytes());
    if (!throttle.ready(Rated::records_in, batch.shard->key, limits.shard_in_records, now) ||
        !throttle.take(Rated::bytes_in, batch.shard->key, limits.shard_in_bytes, size, now)) {
      break;
    }
    if (!throttle.take(Rated::records_in, batch.shard->key, limits.shard_in_records, 1, now)) break;
    ++count;
  }
  return count;
}

void PutAction::append(engine::Lane& lane, ShardBatch& batch) {
  if (!lane.serving()) {
    batch.failure = failed({ErrorCode::unavailable, "recovering its data"});
    return;
  }
  auto* const partition = broker::find_stream_partition(lane, batch.shard->key);
  const auto properties = partition == nullptr ? std::nullopt : decode_properties(partition->config().properties);
  if (!properties || partition->closed() || properties->encrypted != batch.view->encrypted ||
      batch.largest > properties->record_bytes_max) {
    batch.stale = true;
    return;
  }
  if (batch.above && *batch.above >= properties->at(partition->next().get())) {
    batch.failure = invalid_argument({});
    return;
  }
  const auto count = admitted(lane, batch);
  const auto all = static_cast<std::uint32_t>(batch.items.size());
  if (count < all) batch.failure = rate_exceeded(batch.view->stream, shard_id(batch.shard->number));
  if (count > 0) {
    const auto taken = std::span(batch.items).first(count);
    std::size_t stored = batch_head_bytes;
    for (const auto item : taken) {
      batch.bytes += items_[item].bytes();
      stored += stored_bytes(items_[item].record);
    }
    auto appended = partition->append(count, stored, [&](MutableBytes into) {
      BatchWriter writer(into, batch.view->encrypted, count);
      for (const auto item : taken) writer.add(items_[item].record);
    });
    if (!appended) {
      batch.failure = failed(appended.error());
      return;
    }
    batch.taken = count;
    batch.first = properties->at(appended->first.get());
    if (properties->metered) service().usage(lane.id()).add(batch.shard->key, batch.bytes, count, lane.now());
  }
}

// When it is known what became of them.
void PutAction::count(engine::Lane& lane, const LaneVisit& visit) const {
  for (const auto& batch : visit.batches) {
    auto* const shard = batch.stale ? nullptr : broker::find_stream_partition(lane, batch.shard->key);
    if (shard == nullptr) continue;
    const auto left = batch.items.size() - batch.taken;
    const bool exceeded = batch.failure && batch.failure->kind == &errors::provisioned_throughput_exceeded_exception;
    const bool failed = batch.failure && batch.failure->kind->status >= 500;
    count_put(*shard, {.batch = call_is_batch(),
                       .leads = batch.leads,
                       .bytes = batch.taken > 0 ? batch.bytes : 0,
                       .records = batch.taken,
                       .exceeded = exceeded ? left : 0,
                       .failed = failed ? left : 0,
                       .latency_ms = milliseconds_since(begun_ns_, lane.core())});
  }
}

void PutAction::take_results(LaneVisit visit) {
  for (auto& batch : visit.batches) {
    if (batch.stale) continue;
    const auto shard = arena_.keep(shard_id(batch.shard->number));
    SequenceText sequence(batch.first);
    for (const auto item : std::span(batch.items).first(batch.taken)) {
      char* const digits = arena_.room(sequence_digits);
      sequence.write(digits);
      sequence.next();
      outcomes_[item] = {.shard_id = shard, .sequence = {digits, sequence_digits}};
    }
    if (!batch.failure) continue;
    const auto* const failure = keep(std::move(*batch.failure));
    for (const auto item : std::span(batch.items).subspan(batch.taken)) outcomes_[item] = {.failure = failure};
  }
}

const Failure* PutAction::keep(Failure failure) { return &failures_.emplace_back(std::move(failure)); }

void PutAction::end_round(CallPtr call) {
  if (std::ranges::all_of(outcomes_, &PutOutcome::settled)) {
    conclude(*call);
    return finish(std::move(call));
  }
  if (++tries_ >= route_tries_max) {
    const auto* const failure = keep(failed({ErrorCode::unavailable, "the shard is being changed"}));
    for (auto& outcome : outcomes_) {
      if (!outcome.settled()) outcome.failure = failure;
    }
    conclude(*call);
    return finish(std::move(call));
  }
  // The first time the catalog knows better already, as a rule.
  if (tries_ == 1) return look_up(std::move(call), true);
  env::Core& home = call->home;
  home.after(route_pause, [this, call = std::move(call)]() mutable { look_up(std::move(call), true); });
}

}  // namespace millrace::aws::kinesis
