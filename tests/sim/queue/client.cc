#include "sim/queue/client.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::sim {
namespace {

broker::DedupDigest digest_of(std::uint64_t value) {
  broker::DedupDigest digest{};
  env::sim::Random random(value);
  random.fill(std::as_writable_bytes(std::span(digest)));
  return digest;
}

}  // namespace

QueueClients::QueueClients(const Setting& setting, const QueueWorkload& workload)
    : Clients(setting, "clients"), workload_(workload) {
  for (std::size_t index = 0; index < workload.queues; ++index) {
    auto& family = families_.emplace_back(std::make_unique<Family>(index, workload, verdict_));
    if (setting.reads_fail) family->expect_failing_reads();
  }
}

void QueueClients::use(Server* server) {
  server_.reset();
  if (server != nullptr) server_.emplace(*server);
}

void QueueClients::act() {
  const auto& verbs = workload_.verbs;
  Family& family = *families_[random_.below(families_.size())];
  const std::size_t index = static_cast<std::size_t>(
      std::ranges::find(families_, &family, [](const auto& one) { return one.get(); }) - families_.begin());
  Choice chosen(random_, {verbs.send, verbs.receive, verbs.remove, verbs.renew, verbs.purge, verbs.move, verbs.count,
                          verbs.destroy});
  if (chosen.is(verbs.send)) return send(family);
  if (chosen.is(verbs.receive)) {
    const bool dead = workload_.dead_after > 0 && random_.percent(30);
    const Duration wait(random_.percent(workload_.wait_percent) ? random_.between(1, 3000) : 0);
    return receive(index, dead, static_cast<std::uint32_t>(random_.between(1, 10)), wait);
  }
  if (chosen.is(verbs.remove)) {
    if (Letter* letter = family.held(random_)) remove(family, *letter, random_.percent(workload_.stale_percent));
    return;
  }
  if (chosen.is(verbs.renew)) return renew(family);
  if (chosen.is(verbs.purge)) return purge(family);
  if (chosen.is(verbs.move)) return move(family);
  if (chosen.is(verbs.destroy)) return destroy(family);
  count(index, false);
}

void QueueClients::send(Family& family) {
  std::vector<SendRequest> batch;
  std::vector<Letter*> letters;
  const auto size = random_.between(1, workload_.batch_max);
  for (std::uint64_t index = 0; index < size; ++index) {
    std::string group = workload_.groups > 0 ? fmt::format("g{}", random_.below(workload_.groups)) : "";
    const Duration delay(random_.percent(workload_.delayed_percent)
                             ? random_.between(1, static_cast<std::uint64_t>(workload_.delay_max.count()))
                             : 0);
    const auto bytes = random_.between(1, workload_.body_bytes_max);
    Letter& letter = family.compose(std::move(group), delay, bytes, world_.now());
    if (workload_.fifo) {
      Letter* earlier = random_.percent(workload_.repeated_percent) ? family.with_dedup(random_) : nullptr;
      letter.dedup = earlier ? earlier->dedup : digest_of(stable_hash(family.queue(), letter.number));
    }
    letters.push_back(&letter);
    batch.push_back({.id = letter.id, .body = letter.body, .group = letter.group, .dedup = letter.dedup});
    if (!workload_.fifo) batch.back().delay = delay;
  }
  const auto call = calls_.begin(
      fmt::format("send {} messages {}..{}", family.queue(), letters.front()->number, letters.back()->number),
      [this, &family, letters] {
        for (Letter* letter : letters) family.send_unknown(*letter, world_.now());
      });
  server_->send(family.queue(), std::move(batch), [this, call, &family, letters](auto replies) {
    check(replies.size() == letters.size());
    std::string outcomes;
    for (const auto& reply : replies) outcomes += (outcomes.empty() ? "" : ", ") + calls_.outcome_of(reply);
    if (!calls_.end(call, outcomes)) return;
    for (std::size_t index = 0; index < letters.size(); ++index) {
      family.send_answered(*letters[index], replies[index], world_.now());
    }
    calls_.replied();
  });
}

void QueueClients::receive(std::size_t index, bool dead, std::uint32_t count_max, Duration wait) {
  Family& family = *families_[index];
  broker::AcquireRequest request{.count_max = count_max, .wait = wait};
  request.visibility = Duration(random_.between(500, static_cast<std::uint64_t>(workload_.visibility.count())));
  if (!dead && random_.percent(workload_.attempt_percent)) {
    auto& last = last_attempts_[&family];
    if (last.attempt && random_.percent(50)) {
      request.attempt = last.attempt;
    } else {
      request.attempt = digest_of(random_.u64());
    }
    last = request;
  }
  const ReceiveCall made{.dead_queue = dead,
                         .issued = world_.now(),
                         .visibility = *request.visibility,
                         .has_attempt = request.attempt.has_value()};
  auto done = call<std::vector<Received>>(
      fmt::format("receive {} up to {}, visibility {} ms, wait {} ms{}", family.queue_of(dead), count_max,
                  request.visibility->count(), wait.count(), request.attempt ? ", attempt" : ""),
      [this, &family, made](const auto& reply) {
        if (reply) {
          family.receive_answered(made, *reply, world_.now());
        } else if (reply.error().refused) {
          family.receive_refused();
        }
      });
  family.receive_issued();
  server_->receive(family.queue_of(dead), request, std::move(done));
}

void QueueClients::remove(Family& family, Letter& letter, bool stale) {
  const bool use_old = stale && letter.old_receipt.has_value();
  const broker::Receipt receipt = use_old ? *letter.old_receipt : *letter.receipt;
  const Family::Removal removal{.receipt = receipt,
                                .undoubted = family.holds(letter, receipt, world_.now()),
                                .possible_before = letter.delete_possible};
  family.remove_issued(letter);
  auto done = call<broker::AcceptOutcome>(
      fmt::format("delete {} message {} with receipt {}", family.queue(), letter.number, receipt.attempt),
      [this, &family, &letter, removal](const auto& reply) {
        if (reply) {
          family.remove_answered(letter, removal, *reply, world_.now());
        } else if (reply.error().refused) {
          family.remove_refused(letter, removal);
        } else {
          letter.busy = false;
        }
      },
      [&letter] { letter.busy = false; });
  server_->remove(family.queue_of(letter.in_dead_queue), receipt, std::move(done));
}

void QueueClients::remove_held(std::size_t index) {
  Family& family = *families_[index];
  for (const auto& letter : family.letters()) {
    if (!letter->receipt || letter->busy || letter->deleted || letter->purged || letter->lease_until <= world_.now())
      continue;
    remove(family, *letter, false);
  }
}

void QueueClients::renew(Family& family) {
  Letter* letter = family.held(random_);
  if (letter == nullptr) return;
  const bool stale = random_.percent(workload_.stale_percent) && letter->old_receipt.has_value();
  const broker::Receipt receipt = stale ? *letter->old_receipt : *letter->receipt;
  const Duration visibility(
      random_.percent(30) ? 0 : random_.between(100, 2 * static_cast<std::uint64_t>(workload_.visibility.count())));
  const bool undoubted = family.holds(*letter, receipt, world_.now() + Duration(1000));
  const Time issued = world_.now();
  const Time lease_before = letter->lease_until;
  family.renew_issued(*letter, visibility, issued);
  auto done = call<broker::RenewOutcome>(
      fmt::format("change visibility {} message {} to {} ms", family.queue(), letter->number, visibility.count()),
      [this, &family, letter, visibility, issued, undoubted, lease_before](const auto& reply) {
        if (reply) {
          family.grow_old(world_.now());
          const bool in_time = undoubted && lease_before > world_.now() && !letter->old;
          family.renew_answered(*letter, *reply, visibility, issued, in_time);
        } else {
          letter->busy = false;
        }
      },
      [letter] { letter->busy = false; });
  server_->renew(family.queue_of(letter->in_dead_queue), receipt, visibility, std::move(done));
}

void QueueClients::purge(Family& family) {
  if (std::exchange(purging_[&family], true)) return;
  server_->purge(family.queue(),
                 purge_call(family, fmt::format("purge {}", family.queue()), [](const Reply<bool>&) {}));
}

void QueueClients::move(Family& family) {
  family.move_issued();
  server_->move(family.dead_queue(), call<bool>(fmt::format("move {} back", family.dead_queue())));
}

// One that takes everything out of a queue that was sent before; `answered` is told when that has been recorded.
Callback<void(Reply<bool>)> QueueClients::purge_call(Family& family, const std::string& what,
                                                     Callback<void(const Reply<bool>&)> answered) {
  const auto purge = std::make_shared<Family::Purge>(family.purge_issued(world_.now()));
  const auto unknown = [this, &family] {
    purging_[&family] = false;
    family.purge_unknown();
  };
  return call<bool>(
      what,
      [this, &family, purge, unknown, answered = std::move(answered)](const Reply<bool>& reply) mutable {
        if (!reply && !reply.error().refused) {
          unknown();
          return answered(reply);
        }
        purging_[&family] = false;
        if (reply) {
          family.purge_answered(*purge, world_.now());
        } else {
          family.purge_refused(*purge);
        }
        answered(reply);
      },
      unknown);
}

// What was in it goes as if it were purged, and another queue takes its name.
void QueueClients::destroy(Family& family) {
  if (std::exchange(purging_[&family], true)) return;
  const bool was_there = std::exchange(acknowledged_queues_[family.queue()], false);
  auto done = purge_call(family, fmt::format("remove {}", family.queue()),
                         [this, &family, was_there](const Reply<bool>& reply) {
                           if (!reply && reply.error().refused) acknowledged_queues_[family.queue()] = was_there;
                           if (!reply) return;
                           removed_queues_[family.queue()] = true;
                           if (!verdict_.bad()) create(family, false);
                         });
  server_->destroy(family.queue(), std::move(done));
}

void QueueClients::count(std::size_t index, bool checked) {
  Family& family = *families_[index];
  // Both queues of a family are judged together.
  struct Both {
    broker::QueueCounts counts[2];
    std::size_t missing = 0;
  };
  auto both = std::make_shared<Both>();
  both->missing = family.dead_queue().empty() ? 1 : 2;
  for (const bool dead : {false, true}) {
    if (family.queue_of(dead).empty()) continue;
    const std::string queue = family.queue_of(dead);
    auto done = call<broker::QueueCounts>(
        fmt::format("count {}", queue), [this, &family, queue, dead, checked, both](const auto& reply) {
          if (!reply) {
            if (checked) verdict_.violated("{}: cannot be counted: {}", queue, reply.error().error.message);
            return;
          }
          counts_[queue] = *reply;
          both->counts[dead ? 1 : 0] = *reply;
          if (--both->missing == 0 && checked) family.check_counts(both->counts[0], both->counts[1], world_.now());
        });
    server_->counts(queue, std::move(done));
  }
}

std::uint64_t QueueClients::counted() const {
  std::uint64_t total = 0;
  for (const auto& [queue, counts] : counts_) total += counts.ready + counts.in_flight + counts.delayed;
  return total;
}

// --- queues ---

void QueueClients::prepare() {
  made_ = 0;
  queues_to_make_ = 0;
  for (auto& family : families_) {
    for (const bool dead : {true, false}) {
      if (!family->queue_of(dead).empty()) create(*family, dead);
    }
  }
}

void QueueClients::create(Family& family, bool dead) {
  ++queues_to_make_;
  const std::string queue = family.queue_of(dead);
  const bool removed = std::exchange(removed_queues_[queue], false);
  auto done = call<bool>(fmt::format("create {}", queue), [this, queue, removed, &family](const auto& made) {
    if (!made) return;
    if (!*made && removed) verdict_.violated("{}: the queue was removed, and is here", queue);
    if (*made && acknowledged_queues_[queue]) verdict_.violated("{}: the queue is lost", queue);
    // Not when it is being removed again already.
    acknowledged_queues_[queue] = !purging_[&family];
    ++made_;
  });
  server_->create(queue, family.config(dead), std::move(done));
}

}  // namespace millrace::sim
