#include "sim/queue/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::sim {
namespace {

std::string body_of(std::uint64_t number, std::size_t bytes) {
  std::string body = fmt::format("{}|", number);
  env::sim::Random random(number);
  while (body.size() < bytes) body += static_cast<char>('a' + random.below(26));
  return body;
}

constexpr std::size_t letters_tried_max = 24;
constexpr Duration sweeps{150'000};  // what is too old is gone within it

}  // namespace

Family::Family(std::size_t index, const QueueWorkload& workload, Verdict& verdict)
    : queue_(fmt::format("sim/queue-{}{}", index, workload.fifo ? ".fifo" : "")),
      dead_queue_(workload.dead_after > 0 ? fmt::format("sim/dead-{}{}", index, workload.fifo ? ".fifo" : "") : ""),
      workload_(workload),
      verdict_(verdict) {}

broker::QueueConfig Family::config(bool dead) const {
  broker::QueueConfig config{.fifo = workload_.fifo, .visibility = workload_.visibility};
  if (workload_.retention > Duration::zero()) config.retention = workload_.retention;
  if (!dead && workload_.dead_after > 0) {
    config.dead_letter = broker::DeadLetterPolicy{.target = dead_queue_, .acquired_max = workload_.dead_after};
  }
  return config;
}

std::string Family::describe(const Letter& letter) const {
  return fmt::format("{} message {} (position {}, group '{}', count {})", queue_, letter.number, letter.seq,
                     letter.group, letter.count);
}

// --- send ---

Letter& Family::compose(std::string group, Duration delay, std::size_t body_bytes, Time now) {
  auto& letter = *letters_.emplace_back(std::make_unique<Letter>());
  letter.number = letters_.size();
  letter.body = body_of(letter.number, body_bytes);
  letter.group = std::move(group);
  letter.delay = delay;
  letter.issued = now;
  env::sim::Random random(stable_hash(queue_, letter.number));
  random.fill(std::as_writable_bytes(std::span(letter.id)));
  by_id_[letter.id] = &letter;
  by_group_[letter.group].push_back(&letter);
  return letter;
}

void Family::send_unknown(Letter& letter, Time now) {
  letter.sending = false;
  letter.ended = now;
}

void Family::send_answered(Letter& letter, const Reply<broker::Sent>& reply, Time now) {
  send_unknown(letter, now);
  if (!reply) {
    if (reply.error().refused) letter.exists = Existence::never;
    return;
  }
  if (letter.dedup) check_dedup(letter, *reply, now);
  if (reply->duplicate) {
    letter.exists = Existence::never;
    return;
  }
  if (reply->id != letter.id) verdict_.violated("{}: the reply to the send has another id", describe(letter));
  if (letter.exists == Existence::never) verdict_.violated("{}: accepted, though it was excluded", describe(letter));
  letter.exists = Existence::certain;
  if (letter.seq != 0 && letter.seq != reply->seq.get() && moves_ == 0) {
    verdict_.violated("{}: the reply to the send says position {}", describe(letter), reply->seq.get());
  }
  letter.seq = reply->seq.get();
}

void Family::check_dedup(Letter& letter, const broker::Sent& sent, Time now) {
  constexpr Duration interval = broker::Queue::dedup_interval;
  auto& same = by_dedup_[*letter.dedup];
  if (sent.duplicate) {
    const auto found = by_id_.find(sent.id);
    if (found == by_id_.end()) return verdict_.violated("{}: a duplicate of an unknown message", describe(letter));
    Letter& first = *found->second;
    if (first.dedup != letter.dedup) verdict_.violated("{}: a duplicate of {}", describe(letter), describe(first));
    if (first.exists == Existence::never)
      verdict_.violated("{}: a duplicate of {}, which was never sent", describe(letter), describe(first));
    if (!first.sending && letter.issued >= first.ended + interval) {
      verdict_.violated("{}: a duplicate of {} after more than five minutes", describe(letter), describe(first));
    }
    first.exists = Existence::certain;
    if (first.seq == 0) first.seq = sent.seq.get();
    return;
  }
  for (Letter* other : same) {
    // Within five minutes for certain, and not forgotten by a purge.
    if (other == &letter || other->sending || other->exists == Existence::never || last_purge_ >= other->issued)
      continue;
    if (now >= other->issued + interval || other->ended > letter.issued) continue;
    if (other->exists == Existence::certain) {
      verdict_.violated("{}: sent again as {}", describe(*other), describe(letter));
    }
    other->exists = Existence::never;  // else this one would have been its duplicate
  }
  same.push_back(&letter);
}

Letter* Family::with_dedup(env::sim::Random& random) const {
  if (letters_.empty()) return nullptr;
  for (std::size_t tries = 0; tries < letters_tried_max; ++tries) {
    const auto back = random.below(std::min<std::size_t>(letters_.size(), 40));
    Letter& letter = *letters_[letters_.size() - 1 - back];
    // Those that were duplicates themselves stand for nothing; a lost one is worth repeating.
    if (letter.dedup && !letter.sending && letter.exists != Existence::never) return &letter;
  }
  return nullptr;
}

// --- receive ---

Letter* Family::find(const Received& received) {
  std::uint64_t number = 0;
  const char* end = received.body.data() + received.body.size();
  const auto parsed = std::from_chars(received.body.data(), end, number);
  if (parsed.ec != std::errc{} || number == 0 || number > letters_.size()) {
    verdict_.violated("{}: a message that nobody sent: '{}'", queue_, received.body.substr(0, 40));
    return nullptr;
  }
  Letter& letter = *letters_[number - 1];
  if (letter.body != received.body) verdict_.violated("{}: its body has changed", describe(letter));
  return &letter;
}

void Family::receive_answered(const ReceiveCall& call, const std::vector<Received>& batch, Time now) {
  if (!reads_fail_) --uncertain_receives_;
  grow_old(now);
  for (std::size_t index = 0; index < batch.size(); ++index) {
    const Received& received = batch[index];
    Letter* found = find(received);
    if (found == nullptr) return;
    Letter& letter = *found;
    ++received_;
    if (letter.group != received.group)
      verdict_.violated("{}: its group is now '{}'", describe(letter), received.group);
    if (letter.exists == Existence::never) verdict_.violated("{}: it was refused, and is here", describe(letter));
    check_gone(letter, received, call);
    const bool too_old = workload_.retention > Duration::zero() && !letter.sending &&
                         call.issued > letter.ended + workload_.retention + sweeps;
    if (too_old) verdict_.violated("{}: received long after its retention was over", describe(letter));
    if (late(letter, received, call)) {
      const bool over = now >= call.issued + call.visibility || letter.renewed_at >= call.issued;
      if (!over) verdict_.violated("{}: an older receipt after a newer one", describe(letter));
      continue;
    }
    if (now < letter.issued + letter.delay)
      verdict_.violated("{}: received before its delay was over", describe(letter));
    check_dead(letter, received, call);
    if (!call.dead_queue && moves_ == 0) {
      if (letter.seq != 0 && letter.seq != received.receipt.seq.get()) {
        verdict_.violated("{}: it has moved to position {}", describe(letter), received.receipt.seq.get());
      }
      letter.seq = received.receipt.seq.get();
    }
    if (workload_.fifo && !call.dead_queue && moves_ == 0) check_order(letter, received, batch, index);
    check_holder(letter, received, call, now);
  }
}

// A reply may take longer than the visibility that it asked for; another owner may have answered by then.
bool Family::late(const Letter& letter, const Received& received, const ReceiveCall& call) const {
  if (!letter.receipt) return false;
  if (letter.in_dead_queue != call.dead_queue)
    return letter.in_dead_queue && received.count < letter.count && moves_ == 0;
  return letter.receipt->partition == received.receipt.partition && letter.receipt->seq == received.receipt.seq &&
         letter.receipt->attempt > received.receipt.attempt;
}

void Family::check_gone(const Letter& letter, const Received& received, const ReceiveCall& call) {
  if (!letter.deleted && !letter.purged) return;
  // A repeated attempt may have been under way with the delete. A receive cannot: whoever receives the message anew makes
  // the receipt of the delete stale. A purge may overtake the reply of a receive.
  const bool under_way =
      call.issued <= letter.gone_at && (letter.purged || call.has_attempt || late(letter, received, call));
  if (!under_way)
    verdict_.violated("{}: it was {}, and is back", describe(letter), letter.deleted ? "deleted" : "purged");
}

void Family::check_holder(Letter& letter, const Received& received, const ReceiveCall& call, Time now) {
  // Receipts name a partition of their lane, so those of two queues may look alike.
  const bool repeated = letter.receipt == received.receipt && letter.in_dead_queue == call.dead_queue;
  if (repeated && !call.has_attempt) verdict_.violated("{}: the same receipt was given twice", describe(letter));
  if (!repeated) {
    // An older receipt may renew what this call had acquired already.
    if (letter.lease_until > now && letter.renewed_at < call.issued) {
      verdict_.violated("{}: given to a second owner {} ms before the first one's time is over", describe(letter),
                        (letter.lease_until - now).count());
    }
    if (moves_ == 0 && received.count <= letter.count) {
      verdict_.violated("{}: its receive count is {} now", describe(letter), received.count);
    }
    letter.old_receipt = letter.in_dead_queue == call.dead_queue ? letter.receipt : std::nullopt;
  }
  letter.exists = Existence::certain;
  // It is here, so a delete or purge that ended without an answer before this call was made has not happened.
  if (!letter.busy) letter.delete_possible = false;
  if (!purging_ && last_purge_ < call.issued) letter.purge_possible = false;
  letter.receipt = received.receipt;
  letter.holder_known = true;
  letter.in_dead_queue = call.dead_queue;
  letter.count = received.count;
  // Of two calls with the same attempt it is open which one came last.
  const Time until = call.issued + call.visibility;
  letter.lease_until = letter.renewed_at >= call.issued ? Time{}
                       : repeated                       ? std::min(letter.lease_until, until)
                                                        : until;
}

bool Family::may_be_dead(const Letter& letter) const {
  if (workload_.dead_after == 0) return false;
  return letter.in_dead_queue || letter.count + uncertain_receives_ >= workload_.dead_after;
}

void Family::check_dead(const Letter& letter, const Received& received, const ReceiveCall& call) {
  if (workload_.dead_after == 0) return;
  if (call.dead_queue) {
    if (received.count <= workload_.dead_after) {
      verdict_.violated("{}: a dead letter after {} receives", describe(letter), received.count - 1);
    }
    return;
  }
  if (received.count > workload_.dead_after) {
    verdict_.violated("{}: received {} times without becoming a dead letter", describe(letter), received.count);
  }
  if (letter.in_dead_queue && moves_ == 0) verdict_.violated("{}: a dead letter is back", describe(letter));
}

// Before a message of a group comes, every earlier one of the group is gone or in the same batch.
void Family::check_order(const Letter& letter, const Received& received, const std::vector<Received>& batch,
                         std::size_t index) {
  for (const Letter* earlier : by_group_[letter.group]) {
    if (!earlier->must_exist() || earlier->seq == 0 || earlier->seq >= received.receipt.seq.get()) continue;
    if (may_be_dead(*earlier)) continue;
    const bool in_batch = std::ranges::any_of(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(index),
                                              [&](const auto& one) { return one.body == earlier->body; });
    if (in_batch) continue;
    verdict_.violated("{}: received before {} of its group", describe(letter), describe(*earlier));
  }
}

Letter* Family::held(env::sim::Random& random) const {
  if (letters_.empty()) return nullptr;
  for (std::size_t tries = 0; tries < letters_tried_max; ++tries) {
    Letter& letter = *letters_[random.below(letters_.size())];
    if (letter.receipt && !letter.busy && !letter.deleted && !letter.purged) return &letter;
  }
  return nullptr;
}

bool Family::holds(const Letter& letter, const broker::Receipt& receipt, Time now) const {
  return letter.receipt == receipt && letter.holder_known && letter.lease_until > now && letter.must_exist() &&
         !purging_;
}

// --- delete, change visibility ---

void Family::remove_issued(Letter& letter) {
  letter.busy = true;
  letter.delete_possible = true;
}

void Family::remove_refused(Letter& letter, const Removal& removal) {
  letter.busy = false;
  letter.delete_possible = removal.possible_before;
}

void Family::remove_answered(Letter& letter, const Removal& removal, broker::AcceptOutcome outcome, Time now) {
  remove_refused(letter, removal);
  grow_old(now);
  if (outcome == broker::AcceptOutcome::accepted) {
    if (letter.deleted) verdict_.violated("{}: deleted twice", describe(letter));
    letter.deleted = true;
    letter.gone_at = now;
    return;
  }
  if (removal.undoubted && letter.lease_until > now && !letter.purge_possible && !letter.purged && !letter.old) {
    verdict_.violated("{}: its holder (receipt {}) may not delete it: outcome {}", describe(letter),
                      removal.receipt.attempt, static_cast<int>(outcome));
  }
}

void Family::renew_issued(Letter& letter, Duration visibility, Time now) {
  letter.busy = true;
  letter.renewed_at = now;
  letter.lease_until = std::min(letter.lease_until, now + visibility);
}

void Family::renew_answered(Letter& letter, broker::RenewOutcome outcome, Duration visibility, Time issued,
                            bool undoubted) {
  letter.busy = false;
  if (outcome == broker::RenewOutcome::renewed) {
    letter.lease_until = issued + visibility;
    // In a standard queue an old receipt renews for whoever has the message now.
    if (!undoubted && !workload_.fifo) letter.holder_known = false;
    return;
  }
  if (undoubted && !letter.purge_possible && !letter.purged) {
    verdict_.violated("{}: its holder may not change its visibility: outcome {}", describe(letter),
                      static_cast<int>(outcome));
  }
}

// --- purge ---

Family::Purge Family::purge_issued(Time now) {
  Purge purge;
  purging_ = true;
  last_purge_ = now;
  for (const auto& letter : letters_) {
    if (!letter->may_exist()) continue;
    if (!letter->sending) purge.covered.push_back(letter.get());
    if (letter->purge_possible) continue;
    letter->purge_possible = true;
    purge.in_doubt.push_back(letter.get());
  }
  return purge;
}

void Family::purge_answered(const Purge& purge, Time now) {
  purging_ = false;
  // What was being sent meanwhile came before or after.
  for (const auto& letter : letters_) {
    if (letter->may_exist() && letter->issued >= last_purge_) letter->purge_possible = true;
  }
  for (Letter* letter : purge.covered) {
    letter->purged = true;
    letter->gone_at = now;
  }
  last_purge_ = now;
}

void Family::purge_refused(const Purge& purge) {
  purging_ = false;
  for (Letter* letter : purge.in_doubt) letter->purge_possible = false;
}

void Family::purge_unknown() {
  purging_ = false;
  for (const auto& letter : letters_) {
    if (letter->may_exist() && letter->issued >= last_purge_) letter->purge_possible = true;
  }
}

// --- retention ---

void Family::grow_old(Time now) {
  if (workload_.retention == Duration::zero()) return;
  for (const auto& letter : letters_) letter->old = letter->old || now >= letter->issued + workload_.retention;
}

// --- when quiet ---

void Family::check_counts(const broker::QueueCounts& main, const broker::QueueCounts& dead, Time now) {
  if (moves_ > 0) return;
  grow_old(now);
  std::uint64_t certain = 0, possible = 0, leased = 0, delayed = 0;
  for (const auto& letter : letters_) {
    certain += letter->must_exist() ? 1 : 0;
    possible += letter->may_exist() ? 1 : 0;
    leased += letter->must_exist() && letter->lease_until > now ? 1 : 0;
    delayed += letter->must_exist() && letter->count == 0 && letter->issued + letter->delay > now ? 1 : 0;
  }
  const auto total = main.ready + main.in_flight + main.delayed + dead.ready + dead.in_flight + dead.delayed;
  if (total < certain || total > possible) {
    verdict_.violated("{}: it counts {} messages; there are {} to {}", queue_, total, certain, possible);
  }
  if (main.in_flight + dead.in_flight < leased) {
    verdict_.violated("{}: it counts {} in flight; there are at least {}", queue_, main.in_flight + dead.in_flight,
                      leased);
  }
  if (main.delayed + dead.delayed < delayed) {
    verdict_.violated("{}: it counts {} delayed; there are at least {}", queue_, main.delayed + dead.delayed, delayed);
  }
}

void Family::check_drained() {
  for (const auto& letter : letters_) {
    if (letter->must_exist()) verdict_.violated("{}: it was acknowledged, and is lost", describe(*letter));
  }
}

}  // namespace millrace::sim
