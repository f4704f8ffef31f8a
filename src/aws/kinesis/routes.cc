#include "aws/kinesis/routes.h"

#include <algorithm>

#include "aws/gather.h"
#include "aws/kinesis/errors.h"
#include "base/check.h"

namespace millrace::aws::kinesis {

const StreamView::Shard& StreamView::shard_of(HashKey key) const {
  const auto above = std::ranges::upper_bound(open, key, {}, [](const Shard& shard) { return shard.range.first; });
  check(above != open.begin(), "the open shards cover all keys");
  return *std::prev(above);
}

Routes::Routes(engine::Engine& engine, const Limits& limits) : engine_(engine), limits_(limits) {
  for (const env::Core* core : engine.cores()) caches_.emplace(core, std::make_unique<Cache>());
}

Routes::Cache& Routes::cache(env::Core& core) {
  const auto at = caches_.find(&core);
  check(at != caches_.end(), "a call comes on one of the engine's cores");
  return *at->second;
}

void Routes::keep(Cache& cache, StreamViewPtr view) {
  auto& place = cache.views[view->stream.arn()];
  if (place) cache.shards -= place->open.size();
  cache.shards += view->open.size();
  place = view;
  if (cache.views.size() <= limits_.routed_streams_max && cache.shards <= limits_.routed_shards_max) return;
  // Beyond its bound the cache begins anew; what is in use comes back by itself.
  cache.views.clear();
  cache.views.emplace(view->stream.arn(), view);
  cache.shards = view->open.size();
}

Outcome<StreamViewPtr> Routes::read(engine::Lane& lane, StreamReference reference) const {
  const Catalog catalog(lane, reference.stream.catalog_key());
  auto& stream = reference.stream;
  if (stream.name.empty()) stream.name = catalog.stream_of_id(reference.id);
  const auto entry = catalog.stream(stream.name);
  if (!entry)
    return refuse(stream_not_found(stream.name.empty() ? StreamName{{}, stream.account, reference.id} : stream));
  auto view = std::make_shared<StreamView>();
  view->created = entry->created;
  view->status = entry->status;
  view->settling = !entry->at_rest() && entry->ready <= lane.now();
  view->encrypted = entry->encrypted;
  view->record_bytes_max = entry->record_kib_max << 10;
  for (const auto& shard : catalog.shards(stream.name)) {
    if (!shard.routed()) continue;
    auto key = stream.shard_key(entry->created, shard.number);
    const auto id = engine_.lane_of(key);
    view->open.push_back({shard.range, shard.number, std::move(key), id});
  }
  std::ranges::sort(view->open, {}, [](const StreamView::Shard& shard) { return shard.range.first; });
  view->stream = std::move(stream);
  return StreamViewPtr(std::move(view));
}

void Routes::find(CallPtr call, const StreamReference& stream, bool fresh,
                  Callback<void(CallPtr, Outcome<StreamViewPtr>)> done) {
  env::Core& home = call->home;
  if (!fresh && !stream.stream.name.empty()) {
    const auto& views = cache(home).views;
    if (const auto known = views.find(stream.stream.arn()); known != views.end()) {
      StreamViewPtr view = known->second;
      return done(std::move(call), std::move(view));
    }
  }
  const auto id = engine_.lane_of(stream.stream.catalog_key());
  engine_.run(id, home, [this, call = std::move(call), stream, done = std::move(done)](engine::Lane& lane) mutable {
    auto serving = check_serving(lane);
    auto view = serving ? read(lane, std::move(stream)) : Outcome<StreamViewPtr>(refuse(std::move(serving.error())));
    // Nobody is routed by what a power cut could take back.
    lane.when_durable([this, &lane, call = std::move(call), view = std::move(view),
                       done = std::move(done)](Result<void> durable) mutable {
      if (!durable) view = refuse(failed(durable.error()));
      go_home(lane.core(), std::move(call),
              [this, view = std::move(view), done = std::move(done)](CallPtr back) mutable {
                if (view) keep(cache(back->home), *view);
                done(std::move(back), std::move(view));
              });
    });
  });
}

}  // namespace millrace::aws::kinesis
