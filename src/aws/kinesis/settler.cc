#include "aws/kinesis/settler.h"

#include <algorithm>
#include <utility>

#include "aws/kinesis/reshard.h"
#include "base/log.h"

namespace millrace::aws::kinesis {

broker::StreamConfig shard_config(const StreamEntry& stream, const ShardEntry& shard) {
  return {.retention = stream.retention(),
          .properties = encode(ShardProperties{.number = shard.number,
                                               .created = shard.created,
                                               .encrypted = stream.encrypted,
                                               .metered = stream.mode == StreamMode::on_demand,
                                               .record_bytes_max = stream.record_kib_max << 10})};
}

// What one step of a stream comes to. Made from the catalog, which may change before it is carried out; record() looks
// again.
struct Settler::Plan {
  Time created{};
  StreamStatus status{};
  std::uint32_t config = 0;
  Tasks first;                         // ensure or remove
  Tasks second;                        // close, after the first are durable
  std::vector<std::string> consumers;  // that go on to their next status
  bool of_stream = false;              // the stream itself goes on; else only consumers do
};

namespace {

Result<void> do_task(engine::Lane& lane, ShardTask& task) {
  auto* const partition = broker::find_stream_partition(lane, task.key);
  switch (task.what) {
    case ShardTask::What::ensure:
      if (partition == nullptr) {
        if (auto room = lane.admits_new(); !room) return room;
        broker::create_stream_partition(lane, task.key, task.config);
      } else if (!(partition->config() == task.config)) {
        partition->configure(std::move(task.config));
      }
      return {};
    case ShardTask::What::close:
      if (partition == nullptr) return fail(ErrorCode::not_found, task.key + " is to be closed and does not exist");
      partition->close();
      task.end = partition->next().get();
      return {};
    case ShardTask::What::remove:
      if (partition != nullptr) lane.remove(partition->id());
      return {};
  }
  return {};
}

}  // namespace

void Settler::run(engine::Lane& lane, Tasks tasks, Callback<void(Result<Tasks>)> done) {
  std::map<engine::LaneId, Tasks> by_lane;
  for (auto& task : tasks) by_lane[engine_.lane_of(task.key)].push_back(std::move(task));
  if (by_lane.empty()) return done(Tasks{});
  struct State {
    Callback<void(Result<Tasks>)> done;
    Tasks results;
    std::size_t missing;
    std::optional<Error> error;
  };
  auto state = std::make_shared<State>(std::move(done), Tasks{}, by_lane.size());
  env::Core& home = lane.core();
  for (auto& [id, mine] : by_lane) {
    // The answer is posted, never given inside of this call.
    auto answer = [state, &home](Result<Tasks> result) {
      home.post([state, result = std::move(result)]() mutable {
        if (result) {
          std::ranges::move(*result, std::back_inserter(state->results));
        } else if (!state->error) {
          state->error = std::move(result.error());
        }
        if (--state->missing > 0) return;
        if (state->error) return state->done(std::unexpected(std::move(*state->error)));
        state->done(std::move(state->results));
      });
    };
    engine_.run(id, home, [some = std::move(mine), answer](engine::Lane& there) mutable {
      if (!there.serving()) return answer(fail(ErrorCode::unavailable, "recovering its data"));
      for (auto& task : some) {
        if (auto ok = do_task(there, task); !ok) return answer(pass(ok));
      }
      there.when_durable([some = std::move(some), answer](Result<void> durable) mutable {
        answer(durable ? Result<Tasks>(std::move(some)) : Result<Tasks>(pass(durable)));
      });
    });
  }
}

void Settler::start(engine::Lane& lane) {
  for (const auto& key : catalogs_of(lane)) {
    for (const auto& name : Catalog(lane, key).streams({}, SIZE_MAX)) wake(lane, stream_of(key, name));
  }
  lane.core().after(housekeeping_interval, [this, id = lane.id()] { keep_house(id); });
}

void Settler::wake(engine::Lane& lane, const StreamName& stream) {
  const auto [at, fresh] = running_[lane.id().get()].try_emplace(stream.arn());
  if (!fresh) {
    at->second.again = true;
    return;
  }
  step(lane, stream);
}

void Settler::step_later(engine::LaneId lane, const StreamName& stream, Duration delay) {
  // Of the core and not of the lane, whose timers end when it recovers.
  env::Core& core = engine_.core_of(lane);
  core.after(delay, [this, lane, stream] { step(engine_.lane(lane), stream); });
}

void Settler::finished(engine::Lane& lane, const StreamName& stream) {
  auto& running = running_[lane.id().get()];
  const auto at = running.find(stream.arn());
  const bool again = at->second.again;
  running.erase(at);
  if (again) wake(lane, stream);
}

void Settler::step(engine::Lane& lane, const StreamName& stream) {
  if (!lane.serving()) return step_later(lane.id(), stream, settle_retry);
  const Catalog catalog(lane, stream.catalog_key());
  const auto entry = catalog.stream(stream.name);
  if (!entry) return finished(lane, stream);
  const Time now = lane.now();
  std::optional<Time> next;
  const auto due = [&](Time ready) {
    if (ready <= now) return true;
    next = std::min(next.value_or(ready), ready);
    return false;
  };

  auto plan = std::make_shared<Plan>(entry->created, entry->status, entry->config);
  for (const auto& consumer : catalog.consumers(stream.name)) {
    if (consumer.status != ConsumerStatus::active && due(consumer.ready)) plan->consumers.push_back(consumer.name);
  }
  if (!entry->at_rest() && due(entry->ready)) {
    plan->of_stream = true;
    const bool deleting = entry->status == StreamStatus::deleting;
    for (const auto& shard : catalog.shards(stream.name)) {
      ShardTask task{.number = shard.number, .key = stream.shard_key(entry->created, shard.number)};
      if (deleting) {
        task.what = ShardTask::What::remove;
      } else {
        task.config = shard_config(*entry, shard);
      }
      const bool ends = !deleting && (shard.state == ShardState::closing || shard.state == ShardState::passing);
      if (ends) plan->second.push_back({ShardTask::What::close, shard.number, task.key, {}, 0});
      plan->first.push_back(std::move(task));
    }
  }
  if (plan->of_stream || !plan->consumers.empty()) return carry_out(lane, stream, std::move(plan));
  if (next) return step_later(lane.id(), stream, *next - now);
  finished(lane, stream);
}

void Settler::carry_out(engine::Lane& lane, const StreamName& stream, std::shared_ptr<Plan> plan) {
  const auto failed = [this, id = lane.id(), stream](const Error& error) {
    logging::warn("kinesis: stream {} waits: {}", stream.arn(), error.message);
    step_later(id, stream, settle_retry);
  };
  run(lane, std::move(plan->first), [this, &lane, stream, plan, failed](Result<Tasks> first) {
    if (!first) return failed(first.error());
    run(lane, std::move(plan->second), [this, &lane, stream, plan, failed](Result<Tasks> second) {
      if (!second) return failed(second.error());
      plan->second = std::move(*second);
      commit(lane, stream, *plan);
    });
  });
}

void Settler::commit(engine::Lane& lane, const StreamName& stream, const Plan& plan) {
  if (!lane.serving()) return step_later(lane.id(), stream, settle_retry);
  Catalog catalog(lane, stream.catalog_key());
  if (record(catalog, stream, plan)) {
    if (auto written = catalog.commit(); !written) {
      logging::warn("kinesis: stream {} waits: {}", stream.arn(), written.error().message);
      return step_later(lane.id(), stream, settle_retry);
    }
  }
  lane.when_durable([this, id = lane.id(), stream](Result<void> durable) {
    step_later(id, stream, durable ? Duration{} : settle_retry);
  });
}

// False when the stream is another one by now, and nothing is to be recorded.
bool Settler::record(Catalog& catalog, const StreamName& stream, const Plan& plan) {
  auto entry = catalog.stream(stream.name);
  if (!entry || entry->created != plan.created) return false;
  if (plan.of_stream && plan.status == StreamStatus::deleting) {
    catalog.erase_stream(stream.name, *entry);
    return true;
  }
  for (const auto& name : plan.consumers) {
    auto consumer = catalog.consumer(stream.name, name);
    if (!consumer) continue;
    if (consumer->status == ConsumerStatus::deleting) {
      catalog.erase(consumer_entry_key(stream.name, name));
    } else {
      consumer->status = ConsumerStatus::active;
      catalog.put(stream.name, *consumer);
    }
  }
  // What changed meanwhile needs a step of its own.
  if (!plan.of_stream || entry->status != plan.status) return true;
  const Time now = catalog.lane().now();
  for (auto& shard : catalog.shards(stream.name)) {
    const auto closed = std::ranges::find(plan.second, shard.number, &ShardTask::number);
    if (closed != plan.second.end()) {
      shard.state = ShardState::closed;
      shard.end = closed->end;
      shard.closed = now;
      catalog.put(stream.name, shard);
    } else if (shard.state == ShardState::planned) {
      shard.state = ShardState::open;
      catalog.put(stream.name, shard);
    }
  }
  entry->status = StreamStatus::active;
  entry->settled = plan.config;
  entry->warm_current_mibps = entry->warm_target_mibps;
  catalog.put(stream.name, *entry);
  return true;
}

}  // namespace millrace::aws::kinesis
