#include "sim/stream/verbs.h"

#include <utility>

#include "broker/stream/batch.h"
#include "engine/lane.h"

namespace millrace::sim {
namespace {

using broker::Offset;
using broker::StreamPartition;

Failure failed(Error error) { return {.error = std::move(error)}; }

void trim(engine::Lane& lane, StreamPartition& partition, Offset first) {
  std::string payload;
  ByteWriter(payload).varint(first.get());
  lane.append(partition.id(), static_cast<std::uint16_t>(broker::StreamChange::trim), payload);
}

}  // namespace

template <class T>
void StreamVerbs::with_partition(const std::string& key, Callback<void(Reply<T>)> done,
                                 Callback<void(engine::Lane&, StreamPartition&, Callback<void(Reply<T>)>)> verb) {
  server_.on_lane<T>(key, std::move(done), [key, verb = std::move(verb)](engine::Lane& lane, auto answered) mutable {
    auto* found = broker::find_stream_partition(lane, key);
    if (found == nullptr) return answered(std::unexpected(refusal(ErrorCode::not_found, "no partition " + key)));
    verb(lane, *found, std::move(answered));
  });
}

void StreamVerbs::create(const std::string& key, const broker::StreamConfig& config, Callback<void(Reply<bool>)> done) {
  server_.on_lane<bool>(key, std::move(done), [this, key, config](engine::Lane& lane, auto answered) mutable {
    const bool made = broker::find_stream_partition(lane, key) == nullptr;
    if (auto ok = lane.admits_new(); made && !ok) {
      return answered(std::unexpected(refusal(ok.error().code, ok.error().message)));
    }
    if (made) broker::create_stream_partition(lane, key, config);
    server_.answer<bool>(lane, made, std::move(answered));
  });
}

void StreamVerbs::destroy(const std::string& key, Callback<void(Reply<bool>)> done) {
  with_partition<bool>(key, std::move(done), [this](engine::Lane& lane, StreamPartition& found, auto answered) mutable {
    if (!server_.sabotaged(Sabotage::forget_removal)) lane.remove(found.id());
    server_.answer<bool>(lane, true, std::move(answered));
  });
}

void StreamVerbs::append(const std::string& key, std::uint32_t records, std::string body,
                         Callback<void(Reply<broker::Appended>)> done) {
  with_partition<broker::Appended>(
      key, std::move(done),
      [this, key, records, body = std::move(body)](engine::Lane& lane, StreamPartition& found, auto answered) mutable {
        const bool less = records > 1 && server_.sabotaged(Sabotage::wrong_span, 5);
        auto appended = found.append(less ? records - 1 : records, as_bytes(body));
        if (!appended) {
          return answered(std::unexpected(refusal(appended.error().code, appended.error().message)));
        }
        if (server_.sabotaged(Sabotage::wake_early, 10)) {
          for (const auto& each : subscriptions_) {
            if (auto subscription = each.lock(); subscription && subscription->key == key) pump(lane, subscription);
          }
        }
        server_.answer(lane, *appended, std::move(answered));
      });
}

void StreamVerbs::close(const std::string& key, Callback<void(Reply<bool>)> done) {
  with_partition<bool>(key, std::move(done), [this](engine::Lane& lane, StreamPartition& found, auto answered) mutable {
    if (!server_.sabotaged(Sabotage::lose_close, 30)) found.close();
    server_.answer<bool>(lane, true, std::move(answered));
  });
}

void StreamVerbs::configure(const std::string& key, const broker::StreamConfig& config,
                            Callback<void(Reply<bool>)> done) {
  with_partition<bool>(key, std::move(done),
                       [this, config](engine::Lane& lane, StreamPartition& found, auto answered) mutable {
                         if (!server_.sabotaged(Sabotage::ignore_retention)) found.configure(config);
                         server_.answer<bool>(lane, true, std::move(answered));
                       });
}

void StreamVerbs::status(const std::string& key, Callback<void(Reply<PartitionStatus>)> done) {
  with_partition<PartitionStatus>(key, std::move(done), [this](engine::Lane&, StreamPartition& found, auto answered) {
    PartitionStatus status{.first = found.first(),
                           .end = found.end(),
                           .closed = found.closed(),
                           .extents = found.backlog().extents().size()};
    if (server_.sabotaged(Sabotage::wrong_latest)) status.end = found.next();
    for (const auto& extent : found.backlog().extents()) {
      status.counts_fit = status.counts_fit && extent.live > 0 && extent.live <= extent.count;
    }
    for (const auto& place : found.backlog().tail()) status.tail_bytes += place.record.bytes.size();
    answered(status);
  });
}

Given StreamVerbs::given(engine::Lane& lane, const std::string& key, broker::StreamRead read) {
  Given given{.next = read.next, .at_tip = read.at_tip, .at_end = read.at_end};
  for (const auto& batch : read.batches) {
    given.batches.push_back({.first = batch.first,
                             .records = batch.records,
                             .time = batch.time,
                             .body = std::string(as_text(batch.bytes))});
    if (server_.sabotaged(Sabotage::damage_record, 3)) given.batches.back().body.back() ^= 1;
  }
  auto* partition = broker::find_stream_partition(lane, key);
  if (partition == nullptr) return given;
  if (given.at_tip && server_.sabotaged(Sabotage::read_undurable)) {
    const auto& tail = partition->backlog().tail();
    for (auto at = partition->backlog().place_of(given.next); at < tail.size(); ++at) {
      const auto head = broker::read_batch_head(tail[at].record.bytes);
      given.batches.push_back({.first = Offset(tail[at].seq.get() - head->records + 1),
                               .records = head->records,
                               .time = head->time,
                               .body = std::string(as_text(tail[at].record.bytes.subspan(broker::BatchHead::size)))});
      given.next = tail[at].seq.next();
    }
  }
  if (given.at_tip && partition->closed() && server_.sabotaged(Sabotage::close_early)) given.at_end = true;
  if (!given.batches.empty() && server_.sabotaged(Sabotage::trim_too_much, 5)) {
    trim(lane, *partition, Offset(given.batches.front().first.get() + given.batches.front().records));
  }
  return given;
}

void StreamVerbs::read(const std::string& key, Offset from, broker::StreamReadLimits limits,
                       Callback<void(Reply<Given>)> done) {
  with_partition<Given>(
      key, std::move(done),
      [this, key, from, limits](engine::Lane& lane, StreamPartition& found, auto answered) mutable {
        found.read(from, limits,
                   [this, key, &lane, answered = std::move(answered)](Result<broker::StreamRead> read) mutable {
                     if (!read) return answered(std::unexpected(failed(std::move(read.error()))));
                     answered(given(lane, key, std::move(*read)));
                   });
      });
}

void StreamVerbs::find_time(const std::string& key, Time time, Callback<void(Reply<Offset>)> done) {
  with_partition<Offset>(
      key, std::move(done), [this, time](engine::Lane&, StreamPartition& partition, auto answered) mutable {
        const Offset end = partition.end();
        partition.find_time(time, [this, end, answered = std::move(answered)](Result<Offset> found) mutable {
          if (!found) return answered(std::unexpected(failed(std::move(found.error()))));
          if (*found < end && server_.sabotaged(Sabotage::late_find, 20)) ++*found;
          answered(*found);
        });
      });
}

// --- subscriptions ---

void StreamVerbs::end(Subscription& subscription, Failure why) {
  subscription.stopped = true;
  subscription.push(std::unexpected(std::move(why)));
}

StreamPartition* StreamVerbs::still_there(engine::Lane& lane, Subscription& subscription) {
  if (subscription.stopped) return nullptr;
  auto* found = lane.serving() ? broker::find_stream_partition(lane, subscription.key) : nullptr;
  // Another one may have the key by now.
  const bool same =
      found != nullptr && (subscription.partition == engine::lane_partition || subscription.partition == found->id());
  if (same) {
    subscription.partition = found->id();
    return found;
  }
  end(subscription, refusal(ErrorCode::unavailable, "it is not there at the moment"));
  return nullptr;
}

void StreamVerbs::subscribe(std::shared_ptr<Subscription> subscription) {
  subscriptions_.push_back(subscription);
  auto& lane = server_.engine().lane(server_.engine().lane_of(subscription->key));
  lane.core().post([this, &lane, subscription] { wait(lane, subscription); });
}

void StreamVerbs::wait(engine::Lane& lane, std::shared_ptr<Subscription> subscription) {
  auto* partition = still_there(lane, *subscription);
  if (partition == nullptr) return;
  subscription->recoveries = lane.stats().recoveries;
  partition->watch(subscription->position, [this, &lane, subscription] { pump(lane, subscription); });
}

void StreamVerbs::pump(engine::Lane& lane, std::shared_ptr<Subscription> subscription) {
  auto* partition = still_there(lane, *subscription);
  if (partition == nullptr) return;
  const broker::StreamReadLimits limits{.records_max = 200, .bytes_max = 8000};
  partition->read(subscription->position, limits, [this, &lane, subscription](Result<broker::StreamRead> read) {
    if (subscription->stopped) return;
    if (!read) return end(*subscription, failed(std::move(read.error())));
    Given pushed = given(lane, subscription->key, std::move(*read));
    if (pushed.batches.size() > 1 && server_.sabotaged(Sabotage::skip_batch, 10)) pushed.batches.pop_back();
    // Whoever waited is woken when the lane recovers.
    const bool nothing = pushed.next == subscription->position && !pushed.at_end;
    if (nothing && lane.stats().recoveries != subscription->recoveries) return wait(lane, subscription);
    subscription->position = pushed.next;
    subscription->stopped = pushed.at_end;
    subscription->push(std::move(pushed));
    wait(lane, subscription);
  });
}

}  // namespace millrace::sim
