#include "broker/queue/state.h"

#include <algorithm>

#include "base/check.h"
#include "broker/queue/queue.h"

namespace millrace::broker {
namespace {

// A group with fewer slots than this is quiet: its next message is made a slot at once, ahead of the cursor.
constexpr std::uint64_t quiet_slots_max = 32;

// A change that was checksummed and cannot be read is a bug of the program that wrote it.
template <class T>
T decoded(Bytes payload) {
  T change;
  check(decode(ByteReader(payload), change), "a queue's journal entry is readable");
  return change;
}

}  // namespace

void QueueState::apply(const engine::Change& change) {
  switch (static_cast<QueueChange>(change.type)) {
    case QueueChange::configure: return configure(decoded<ConfigureChange>(change.payload));
    case QueueChange::send: return send(decoded<SendChange>(change.payload), change.seq, change.record);
    case QueueChange::acquire: return acquire(decoded<AcquireChange>(change.payload));
    case QueueChange::accept: return accept(ByteReader(change.payload));
    case QueueChange::renew: return renew(decoded<RenewChange>(change.payload));
    case QueueChange::purge: return purge(ByteReader(change.payload));
    case QueueChange::move: return move(ByteReader(change.payload));
    case QueueChange::postpone: return postpone(decoded<RenewChange>(change.payload));
    case QueueChange::reclaim: return reclaim(ByteReader(change.payload));
  }
  check(false, "a change of a kind that no version wrote");
}

void QueueState::configure(const ConfigureChange& change) {
  if (created == Time{}) {
    created = change.now;
    cursor = backlog_.next();
  }
  if (change.counts_as_modified) modified = change.now;
  advance(change.now);
  const bool delay_changed = change.config.delay != config.delay;
  config = change.config;
  slots.set_fifo(config.fifo);
  // A FIFO queue's delay applies to the messages that are in it already, so that their order holds.
  if (config.fifo && delay_changed) {
    slots.set_delay(config.delay);
    advance(change.now);
  }
}

bool QueueState::out_of_line(GroupHash group) const {
  if (config.fifo || group == 0 || cursor >= backlog_.next()) return false;
  const auto* known = slots.group(group);
  return known == nullptr || known->slots < quiet_slots_max;
}

void QueueState::send(const SendChange& change, Seq seq, const log::Slice& record, Bytes head) {
  advance(change.now);
  backlog_.push(seq, record, head);
  ++total;
  if (change.group != 0) grouped_through = seq;
  const bool delayed = change.due > change.now;
  if (delayed || change.out_of_line) {
    slots.add(seq, {.group = change.group,
                    .sent = change.sent,
                    .due = change.due,
                    .state = delayed ? SlotState::delayed : SlotState::ready});
    if (seq == cursor) {
      cursor = seq.next();
    } else {
      claims.add(seq);
    }
  }
  if (change.dedup) {
    dedup.add(*change.dedup, {.id = change.id, .seq = seq, .until = change.now + Queue::dedup_interval}, change.now);
  }
}

void QueueState::acquire(const AcquireChange& change) {
  advance(change.now);
  Attempt attempt{.until = change.now + Queue::dedup_interval};
  for (const auto& item : change.items) {
    switch (item.step) {
      case Step::take_slot: slots.acquire(item.seq, change.now, change.due); break;
      case Step::take_scanned:
        slots.add(item.seq, {.group = item.group, .sent = item.sent});
        slots.acquire(item.seq, change.now, change.due);
        break;
      case Step::pass_over: slots.add(item.seq, {.group = item.group, .sent = item.sent}); break;
      case Step::drop_slot: remove(item.seq); break;
      case Step::drop_scanned:
        backlog_.drop(item.seq);
        --total;
        break;
    }
    if (change.attempt && (item.step == Step::take_slot || item.step == Step::take_scanned)) {
      attempt.receipts.push_back({.partition = partition_, .seq = item.seq, .attempt = slots.find(item.seq)->acquired});
    }
  }
  cursor = claims.skip(std::max(cursor, change.cursor));
  claims.forget_below(cursor);
  if (change.attempt) remember(*change.attempt, std::move(attempt), change.now);
}

void QueueState::remember(const AttemptDigest& digest, Attempt attempt, Time now) {
  while (!attempt_order.empty() && (attempt_order.front().first <= now || attempt_order.size() >= attempts_max)) {
    const auto at = attempts.find(attempt_order.front().second);
    if (at != attempts.end() && at->second.until <= attempt_order.front().first) attempts.erase(at);
    attempt_order.pop_front();
  }
  attempt_order.emplace_back(attempt.until, digest);
  attempts[digest] = std::move(attempt);
}

void QueueState::remove(Seq seq) {
  slots.remove(seq);
  backlog_.drop(seq);
  --total;
}

void QueueState::accept(ByteReader in) {
  const Seq seq(in.varint());
  check(in.done());
  remove(seq);
}

void QueueState::renew(const RenewChange& change) {
  advance(change.now);
  slots.set_due(change.seq, change.due);
  advance(change.now);
}

void QueueState::postpone(const RenewChange& change) {
  advance(change.now);
  slots.postpone(change.seq, change.due);
  advance(change.now);
}

void QueueState::reclaim(ByteReader in) {
  advance(from_ms(in.i64()));
  check(in.done());
  slots.reclaim();
}

void QueueState::purge(ByteReader in) {
  purged = from_ms(in.i64());
  check(in.done());
  slots.clear();
  claims.clear();
  dedup.clear();
  attempts.clear();
  attempt_order.clear();
  cursor = backlog_.next();
  backlog_.drop_below(cursor);
  total = 0;
}

MoveTask* QueueState::find_move(std::uint64_t id) {
  const auto at = std::ranges::find(moves, id, &MoveTask::id);
  return at == moves.end() ? nullptr : &*at;
}

void QueueState::move(ByteReader in) {
  MoveTask task;
  check(decode(in, task), "a move task is readable");
  if (MoveTask* known = find_move(task.id)) {
    *known = std::move(task);
    return;
  }
  last_move = std::max(last_move, task.id);
  moves.push_front(std::move(task));
  if (moves.size() > Queue::moves_kept) moves.pop_back();
}

void QueueState::accept_handoff(const engine::Arrival& arrival) {
  const auto message = decode_message(arrival.record.bytes);
  check(message.has_value(), "a message that was handed over is readable");
  Departure departure;
  check(decode(arrival.note, departure), "the note of a handoff is readable");
  if (departure.reason == Departure::Reason::published) return publish(departure, *message, arrival);
  if (departure.reason == Departure::Reason::diverted) {
    if (!arrival.returned) return publish(departure, *message, arrival);
    ++diverted_lost;
    return;
  }
  SendChange sent{.now = arrival.now, .sent = message->sent, .group = group_hash(message->group)};
  if (config.fifo && config.delay > Duration::zero()) {
    // A FIFO queue's delay holds for what is handed over too: else it would pass older messages of its group.
    sent.sent = arrival.now;
    sent.due = arrival.now + config.delay;
  }
  send(sent, arrival.seq, arrival.record);
  if (!arrival.returned || departure.reason != Departure::Reason::move) return;
  // The destination is gone: the message is back, and the task cannot go on.
  if (MoveTask* task = find_move(departure.task)) {
    if (task->moved > 0) --task->moved;
    task->status = MoveStatus::failed;
    task->failure = "the destination queue does not exist";
  }
}

// Like a message that is sent here.
void QueueState::publish(const Departure& departure, const Message& message, const engine::Arrival& arrival) {
  SendChange sent{.now = arrival.now, .sent = message.sent, .group = group_hash(message.group)};
  advance(sent.now);
  if (config.fifo && departure.dedup) {
    sent.dedup =
        DedupKey{.digest = *departure.dedup, .group = config.dedup_scope == DedupScope::group ? sent.group : 0};
    sent.id = message.id;
    if (dedup.find(*sent.dedup, sent.now) != nullptr) return;
  }
  if (config.fifo) sent.sent = arrival.now;
  if (config.delay > Duration::zero()) {
    sent.due = arrival.now + config.delay;
  } else {
    sent.out_of_line = out_of_line(sent.group);
  }
  send(sent, arrival.seq, arrival.record, arrival.head);
}

void QueueState::handed_over(const engine::HandoffBody& handoff) {
  remove(handoff.source_seq);
  Departure departure;
  check(decode(handoff.return_note, departure), "the note of a handoff is readable");
  if (departure.reason != Departure::Reason::move) return;
  if (MoveTask* task = find_move(departure.task)) ++task->moved;
}

// --- checkpoint ---

namespace {

constexpr std::uint8_t state_version = 1;

}  // namespace

void QueueState::save(ByteWriter& out) const {
  out.u8(state_version);
  encode_config(config, out);
  for (const Time time : {created, modified, purged, latest}) out.i64(to_ms(time));
  out.varint(cursor.get());
  out.varint(grouped_through.get());
  out.varint(total);
  slots.save(out);
  claims.save(out);
  dedup.save(out);
  std::vector<std::pair<Time, AttemptDigest>> remembered;
  for (const auto& [digest, attempt] : attempts) remembered.emplace_back(attempt.until, digest);
  std::ranges::sort(remembered);
  out.varint(remembered.size());
  for (const auto& [until, digest] : remembered) {
    const auto& receipts = attempts.at(digest).receipts;
    out.raw(std::as_bytes(std::span(digest)));
    out.i64(to_ms(until));
    out.varint(receipts.size());
    for (const auto& receipt : receipts) {
      out.varint(receipt.seq.get());
      out.varint(receipt.attempt);
    }
  }
  out.u64(last_move);
  out.varint(moves.size());
  std::string task_bytes;
  for (const auto& task : moves) {
    task_bytes.clear();
    encode(task, task_bytes);
    out.raw(task_bytes);
  }
}

Result<void> QueueState::load(ByteReader& in) {
  if (in.u8() != state_version) return fail(ErrorCode::unsupported, "the queue was written by a newer version");
  auto stored = decode_config(in);
  if (!stored) return pass(stored);
  config = std::move(*stored);
  slots.set_fifo(config.fifo);
  for (Time* time : {&created, &modified, &purged, &latest}) *time = from_ms(in.i64());
  cursor = Seq(in.varint());
  grouped_through = Seq(in.varint());
  total = in.varint();
  if (auto ok = slots.load(in); !ok) return ok;
  if (auto ok = claims.load(in); !ok) return ok;
  if (auto ok = dedup.load(in); !ok) return ok;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    AttemptDigest digest{};
    const auto text = in.raw(digest.size());
    std::memcpy(digest.data(), text.data(), text.size());
    Attempt attempt{.until = from_ms(in.i64())};
    for (auto receipts = in.varint(); receipts > 0 && in.ok(); --receipts) {
      const Seq seq(in.varint());
      attempt.receipts.push_back(
          {.partition = partition_, .seq = seq, .attempt = static_cast<std::uint32_t>(in.varint())});
    }
    attempt_order.emplace_back(attempt.until, digest);
    attempts[digest] = std::move(attempt);
  }
  last_move = in.u64();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    MoveTask task;
    if (!decode(in, task)) break;
    moves.push_back(std::move(task));
  }
  return in.done() ? Result<void>() : fail(ErrorCode::damaged, "the queue's state cannot be read");
}

}  // namespace millrace::broker
