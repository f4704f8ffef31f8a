#include "sim/queue/verbs.h"

#include <utility>

#include "broker/queue/queues.h"
#include "engine/lane.h"

namespace millrace::sim {

std::string Shown<std::vector<Received>>::text(const std::vector<Received>& batch) {
  std::string text;
  for (const auto& one : batch) text += fmt::format(" {}#{}", one.body.substr(0, one.body.find('|')), one.count);
  return text;
}

std::string Shown<broker::QueueCounts>::text(const broker::QueueCounts& counts) {
  return fmt::format(" {} ready, {} in flight, {} delayed", counts.ready, counts.in_flight, counts.delayed);
}

template <class T>
void QueueVerbs::with_queue(const std::string& queue, Callback<void(Reply<T>)> done,
                            Callback<void(engine::Lane&, broker::Queue&, Callback<void(Reply<T>)>)> verb) {
  server_.on_lane<T>(queue, std::move(done),
                     [queue, verb = std::move(verb)](engine::Lane& lane, auto answered) mutable {
                       auto* found = broker::find_queue(lane, queue);
                       if (found == nullptr) {
                         return answered(std::unexpected(refusal(ErrorCode::not_found, "no queue " + queue)));
                       }
                       verb(lane, *found, std::move(answered));
                     });
}

void QueueVerbs::create(const std::string& queue, const broker::QueueConfig& config, Callback<void(Reply<bool>)> done) {
  server_.on_lane<bool>(queue, std::move(done), [this, queue, config](engine::Lane& lane, auto answered) mutable {
    const bool made = broker::find_queue(lane, queue) == nullptr;
    if (auto ok = lane.admits_new(); made && !ok) {
      return answered(std::unexpected(refusal(ok.error().code, ok.error().message)));
    }
    if (made) broker::create_queue(lane, queue, config);
    server_.answer<bool>(lane, made, std::move(answered));
  });
}

void QueueVerbs::destroy(const std::string& queue, Callback<void(Reply<bool>)> done) {
  with_queue<bool>(queue, std::move(done), [this](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
    lane.remove(found.id());
    server_.answer<bool>(lane, true, std::move(answered));
  });
}

void QueueVerbs::send(const std::string& queue, std::vector<SendRequest> batch,
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
          if (server_.sabotaged(Sabotage::drop_sends, 3)) {
            replies.push_back(broker::Sent{.id = request.id, .seq = found.backlog().next()});
            continue;
          }
          if (server_.sabotaged(Sabotage::ignore_delay)) message.delay = Duration::zero();
          if (server_.sabotaged(Sabotage::wrong_group, 30)) message.message.group = request.body;
          if (server_.sabotaged(Sabotage::forget_dedup) && message.dedup) {
            (*message.dedup)[0] ^= static_cast<std::uint8_t>(server_.world().generation());
          }
          auto sent = found.send(message);
          if (sent) {
            replies.push_back(*sent);
          } else {
            replies.push_back(std::unexpected(refusal(sent.error().code, sent.error().message)));
          }
        }
        server_.answer<Replies>(lane, std::move(replies), std::move(answered));
      });
}

void QueueVerbs::receive(const std::string& queue, broker::AcquireRequest request,
                         Callback<void(Reply<std::vector<Received>>)> done) {
  if (server_.sabotaged(Sabotage::short_visibility, 20)) request.visibility = Duration(200);
  with_queue<std::vector<Received>>(
      queue, std::move(done), [this, request](engine::Lane&, broker::Queue& found, auto answered) mutable {
        found.acquire(request, [this,
                                answered = std::move(answered)](Result<std::vector<broker::Acquired>> batch) mutable {
          if (!batch) return answered(std::unexpected(Failure{.error = std::move(batch.error())}));
          std::vector<Received> received;
          for (const auto& acquired : *batch) {
            auto& one = received.emplace_back(acquired.receipt, acquired.acquired_count,
                                              std::string(acquired.message.body), std::string(acquired.message.group));
            if (server_.sabotaged(Sabotage::damage_body, 3)) one.body.back() ^= 1;
            if (server_.sabotaged(Sabotage::low_count) && one.count > 1) --one.count;
          }
          answered(std::move(received));
        });
      });
}

void QueueVerbs::remove(const std::string& queue, const broker::Receipt& receipt,
                        Callback<void(Reply<broker::AcceptOutcome>)> done) {
  with_queue<broker::AcceptOutcome>(
      queue, std::move(done), [this, receipt](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
        if (server_.sabotaged(Sabotage::forget_deletes, 5)) {
          return answered(broker::AcceptOutcome::accepted);
        }
        const bool of_this = receipt.partition == found.id();
        server_.answer(lane, of_this ? found.accept(receipt) : broker::AcceptOutcome::gone, std::move(answered));
      });
}

void QueueVerbs::renew(const std::string& queue, const broker::Receipt& receipt, Duration visibility,
                       Callback<void(Reply<broker::RenewOutcome>)> done) {
  with_queue<broker::RenewOutcome>(
      queue, std::move(done),
      [this, receipt, visibility](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
        const bool of_this = receipt.partition == found.id();
        server_.answer(lane, of_this ? found.renew(receipt, visibility) : broker::RenewOutcome::gone,
                       std::move(answered));
      });
}

void QueueVerbs::purge(const std::string& queue, Callback<void(Reply<bool>)> done) {
  with_queue<bool>(queue, std::move(done), [this](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
    if (server_.sabotaged(Sabotage::ignore_purge)) return answered(true);
    if (auto ok = found.purge(); !ok) return answered(std::unexpected(refusal(ok.error().code, ok.error().message)));
    server_.answer(lane, true, std::move(answered));
  });
}

void QueueVerbs::move(const std::string& queue, Callback<void(Reply<bool>)> done) {
  const std::uint32_t rate = server_.world().random().percent(30) ? 20 : 0;
  with_queue<bool>(queue, std::move(done),
                   [this, rate](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
                     auto task = found.start_move({}, rate);
                     if (!task) return answered(std::unexpected(refusal(task.error().code, task.error().message)));
                     server_.answer(lane, true, std::move(answered));
                   });
}

void QueueVerbs::counts(const std::string& queue, Callback<void(Reply<broker::QueueCounts>)> done) {
  with_queue<broker::QueueCounts>(queue, std::move(done),
                                  [this](engine::Lane& lane, broker::Queue& found, auto answered) mutable {
                                    auto counts = found.counts();
                                    if (server_.sabotaged(Sabotage::wrong_totals)) ++counts.ready;
                                    server_.answer(lane, counts, std::move(answered));
                                  });
}

}  // namespace millrace::sim
