#include "sim/server.h"

#include <utility>

#include "broker/queue/queues.h"
#include "engine/lane.h"

namespace millrace::sim {
namespace {

constexpr std::string_view names[] = {"none",
                                      "acknowledge-before-write",
                                      "sync-does-nothing",
                                      "forget-directories",
                                      "lose-synced-sector",
                                      "reply-before-durable",
                                      "drop-sends",
                                      "forget-deletes",
                                      "forget-dedup",
                                      "ignore-delay",
                                      "short-visibility",
                                      "wrong-group",
                                      "ignore-purge",
                                      "damage-body",
                                      "low-count",
                                      "wrong-totals"};
static_assert(std::size(names) == static_cast<std::size_t>(Sabotage::last));

Failure refusal(ErrorCode code, std::string message) { return {.refused = true, .error = {code, std::move(message)}}; }

}  // namespace

std::string_view name_of(Sabotage sabotage) { return names[static_cast<std::size_t>(sabotage)]; }

bool Server::sabotaged(Sabotage what, unsigned percent) {
  return options_.sabotage == what && world_.random().percent(percent);
}

void Server::start(Callback<void(Result<void>)> done) {
  for (std::size_t index = 0; index < world_.cores(); ++index) cores_.push_back(&world_.core(index));
  world_.core(0).post([this, done = std::move(done)]() mutable {
    auto opened = engine::open_data_directory(world_.core(0).files(), std::string(data_directory), options_.lanes,
                                              options_.lanes);
    if (!opened) return done(pass(opened));
    directory_ = std::move(*opened);
    engine_ = std::make_unique<engine::Engine>(cores_, directory_.lanes, options_.lane, broker::partition_factory());
    engine_->start(std::move(done));
  });
}

void Server::stop(Callback<void()> done) { engine_->stop(std::move(done)); }

template <class T>
void Server::with_queue(const std::string& queue, Callback<void(Reply<T>)> done,
                        Callback<void(engine::Lane&, broker::Queue&, Callback<void(Reply<T>)>)> verb) {
  auto& lane = engine_->lane(engine_->lane_of(queue));
  lane.core().post([&lane, queue, done = std::move(done), verb = std::move(verb)]() mutable {
    if (!lane.serving()) return done(std::unexpected(refusal(ErrorCode::unavailable, "the lane is recovering")));
    auto* found = broker::find_queue(lane, queue);
    if (found == nullptr) return done(std::unexpected(refusal(ErrorCode::not_found, "no queue " + queue)));
    verb(lane, *found, std::move(done));
  });
}

// Answers with `value` once everything appended so far is durable.
template <class T>
void Server::answer(engine::Lane& lane, T value, Callback<void(Reply<T>)> done) {
  if (sabotaged(Sabotage::reply_before_durable)) return done(std::move(value));
  lane.when_durable([value = std::move(value), done = std::move(done)](Result<void> durable) mutable {
    if (durable) {
      done(std::move(value));
    } else {
      done(std::unexpected(Failure{.error = std::move(durable.error())}));
    }
  });
}

void Server::create(const std::string& queue, const broker::QueueConfig& config, Callback<void(Reply<bool>)> done) {
  auto& lane = engine_->lane(engine_->lane_of(queue));
  lane.core().post([this, &lane, queue, config, done = std::move(done)]() mutable {
    if (!lane.serving()) return done(std::unexpected(refusal(ErrorCode::unavailable, "the lane is recovering")));
    const bool made = broker::find_queue(lane, queue) == nullptr;
    if (auto ok = lane.admits_new(); made && !ok) {
      return done(std::unexpected(refusal(ok.error().code, ok.error().message)));
    }
    if (made) broker::create_queue(lane, queue, config);
    answer<bool>(lane, made, std::move(done));
  });
}

void Server::send(const std::string& queue, std::vector<SendRequest> batch,
                  Callback<void(std::vector<Reply<broker::Sent>>)> done) {
  using Replies = std::vector<Reply<broker::Sent>>;
  const std::size_t count = batch.size();
  with_queue<Replies>(
      queue,
      [count, done = std::move(done)](Reply<Replies> replies) mutable {
        // A failure of the whole is one of each message.
        done(replies ? std::move(*replies) : Replies(count, std::unexpected(replies.error())));
      },
      [this, batch = std::move(batch)](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
        Replies replies;
        for (auto& request : batch) {
          broker::NewMessage message{.message = {.id = request.id, .group = request.group, .body = request.body},
                                     .delay = request.delay,
                                     .dedup = request.dedup};
          if (sabotaged(Sabotage::drop_sends, 3)) {
            replies.push_back(broker::Sent{.id = request.id, .seq = found.backlog().next()});
            continue;
          }
          if (sabotaged(Sabotage::ignore_delay)) message.delay = Duration::zero();
          if (sabotaged(Sabotage::wrong_group, 30)) message.message.group = request.body;
          if (sabotaged(Sabotage::forget_dedup) && message.dedup) {
            (*message.dedup)[0] ^= static_cast<std::uint8_t>(world_.generation());
          }
          auto sent = found.send(message);
          if (sent) {
            replies.push_back(*sent);
          } else {
            replies.push_back(std::unexpected(refusal(sent.error().code, sent.error().message)));
          }
        }
        answer<Replies>(lane, std::move(replies), std::move(answered));
      });
}

void Server::receive(const std::string& queue, broker::AcquireRequest request,
                     Callback<void(Reply<std::vector<Received>>)> done) {
  if (sabotaged(Sabotage::short_visibility, 20)) request.visibility = Duration(200);
  with_queue<std::vector<Received>>(
      queue, std::move(done), [this, request](engine::Lane&, broker::Queue& found, auto answered) mutable {
        found.acquire(request, [this,
                                answered = std::move(answered)](Result<std::vector<broker::Acquired>> batch) mutable {
          if (!batch) return answered(std::unexpected(Failure{.error = std::move(batch.error())}));
          std::vector<Received> received;
          for (const auto& acquired : *batch) {
            auto& one = received.emplace_back(acquired.receipt, acquired.acquired_count,
                                              std::string(acquired.message.body), std::string(acquired.message.group));
            if (sabotaged(Sabotage::damage_body, 3)) one.body.back() ^= 1;
            if (sabotaged(Sabotage::low_count) && one.count > 1) --one.count;
          }
          answered(std::move(received));
        });
      });
}

void Server::remove(const std::string& queue, const broker::Receipt& receipt,
                    Callback<void(Reply<broker::AcceptOutcome>)> done) {
  with_queue<broker::AcceptOutcome>(queue, std::move(done),
                                    [this, receipt](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
                                      if (sabotaged(Sabotage::forget_deletes, 5)) {
                                        return answered(broker::AcceptOutcome::accepted);
                                      }
                                      answer(lane, found.accept(receipt), std::move(answered));
                                    });
}

void Server::renew(const std::string& queue, const broker::Receipt& receipt, Duration visibility,
                   Callback<void(Reply<broker::RenewOutcome>)> done) {
  with_queue<broker::RenewOutcome>(
      queue, std::move(done),
      [this, receipt, visibility](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
        answer(lane, found.renew(receipt, visibility), std::move(answered));
      });
}

void Server::purge(const std::string& queue, Callback<void(Reply<bool>)> done) {
  with_queue<bool>(queue, std::move(done), [this](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
    if (sabotaged(Sabotage::ignore_purge)) return answered(true);
    if (auto ok = found.purge(); !ok) return answered(std::unexpected(refusal(ok.error().code, ok.error().message)));
    answer(lane, true, std::move(answered));
  });
}

void Server::move(const std::string& queue, Callback<void(Reply<bool>)> done) {
  const std::uint32_t rate = world_.random().percent(30) ? 20 : 0;
  with_queue<bool>(queue, std::move(done),
                   [this, rate](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
                     auto task = found.start_move({}, rate);
                     if (!task) return answered(std::unexpected(refusal(task.error().code, task.error().message)));
                     answer(lane, true, std::move(answered));
                   });
}

void Server::counts(const std::string& queue, Callback<void(Reply<broker::QueueCounts>)> done) {
  with_queue<broker::QueueCounts>(queue, std::move(done),
                                  [this](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
                                    auto counts = found.counts();
                                    if (sabotaged(Sabotage::wrong_totals)) ++counts.ready;
                                    answer(lane, counts, std::move(answered));
                                  });
}

engine::Lane::Stats Server::stats() const {
  engine::Lane::Stats total;
  if (!engine_) return total;
  for (std::uint32_t index = 0; index < engine_->lanes(); ++index) {
    const auto stats = engine_->lane(engine::LaneId(index)).stats();
    total.entries += stats.entries;
    total.recoveries += stats.recoveries;
    total.segments_written += stats.segments_written;
    total.checkpoints_written += stats.checkpoints_written;
    total.partitions += stats.partitions;
  }
  return total;
}

}  // namespace millrace::sim
