#include "aws/kinesis/put.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/kinesis/counters.h"

namespace millrace::aws::kinesis {

// What goes into one shard, and what became of it. Goes to the lane and comes back.
struct PutAction::ShardBatch {
  const StreamView::Shard* shard = nullptr;  // of `view`
  StreamViewPtr view;
  std::optional<SequenceNumber> above;
  std::string bytes;
  std::vector<std::uint32_t> items;  // in their order
  std::vector<std::uint32_t> sizes;  // of the records
  std::vector<std::size_t> ends;     // of the records in `bytes`
  std::uint32_t largest = 0;
  std::uint64_t total = 0;
  bool leads = false;  // the call's first

  bool stale = false;              // nothing was done; the view is out of date
  std::optional<Failure> failure;  // of those that were not taken
  std::uint32_t taken = 0;         // of `items`, from the first on
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
  reference_ = std::move(stream);
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
    if (items_[i].settled) continue;
    by_shard[static_cast<std::size_t>(&view_->shard_of(items_[i].hash) - view_->open.data())].push_back(i);
  }
  std::vector<LaneVisit> visits;
  for (std::size_t s = 0; s < by_shard.size(); ++s) {
    if (by_shard[s].empty()) continue;
    ShardBatch batch{.shard = &view_->open[s], .view = view_, .above = above_, .items = std::move(by_shard[s])};
    constexpr std::size_t sizes_bytes = 5;  // of a short key and data of less than 2 MiB
    std::size_t expected = 0;
    for (const auto i : batch.items) expected += items_[i].bytes() + sizes_bytes;
    BatchWriter writer(view_->encrypted, expected);
    for (const auto i : batch.items) {
      const auto bytes = static_cast<std::uint32_t>(items_[i].bytes());
      writer.add(items_[i].partition_key, items_[i].data);
      batch.sizes.push_back(bytes);
      batch.ends.push_back(writer.size());
      batch.largest = std::max(batch.largest, bytes);
      batch.total += bytes;
    }
    batch.bytes = std::move(writer.finish());
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
    lane.when_durable([this, visit = std::move(visit), round = std::move(round), &home](Result<void> durable) mutable {
      if (!durable) {
        for (auto& batch : visit.batches) {
          batch.failure = failed(durable.error());
          batch.taken = 0;
        }
      }
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
  if (limits.shard_in_bytes == 0 && limits.shard_in_records == 0) return static_cast<std::uint32_t>(batch.sizes.size());
  auto& throttle = service().throttle(lane.id());
  const Time now = lane.now();
  std::uint32_t count = 0;
  for (const auto size : batch.sizes) {
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
  std::uint64_t total = batch.total;
  if (count > 0) {
    if (count < all) {
      cut_batch(batch.bytes, count, batch.ends[count - 1]);
      for (std::uint32_t i = count; i < all; ++i) total -= batch.sizes[i];
    }
    auto appended = partition->append(count, as_bytes(batch.bytes));
    if (!appended) {
      batch.failure = failed(appended.error());
      return;
    }
    batch.taken = count;
    batch.first = properties->at(appended->first.get());
    if (properties->metered) service().usage(lane.id()).add(batch.shard->key, total, count, lane.now());
  }
  count_put(lane, batch.view->stream, batch.shard->number,
            {.batch = call_is_batch(),
             .leads = batch.leads,
             .bytes = count > 0 ? total : 0,
             .records = count,
             .exceeded = all - count});
}

void PutAction::take_results(LaneVisit visit) {
  for (auto& batch : visit.batches) {
    if (batch.stale) continue;
    SequenceText sequence(batch.first);
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
      PutItem& item = items_[batch.items[i]];
      item.settled = true;
      item.shard = batch.shard->number;
      if (i < batch.taken) {
        item.sequence = sequence.text();
        sequence.next();
      } else {
        item.failure = *batch.failure;
      }
    }
  }
}

void PutAction::end_round(CallPtr call) {
  if (std::ranges::all_of(items_, &PutItem::settled)) {
    conclude(*call);
    return finish(std::move(call));
  }
  if (++tries_ >= route_tries_max) {
    for (auto& item : items_) {
      if (item.settled) continue;
      item.settled = true;
      item.failure = failed({ErrorCode::unavailable, "the shard is being changed"});
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
