#include "broker/queue/queue.h"

#include <utility>

#include "base/check.h"
#include "broker/queue/changes.h"
#include "broker/queue/mover.h"
#include "broker/queue/queues.h"
#include "broker/queue/reader.h"
#include "broker/queue/state.h"
#include "broker/queue/waiter.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// Messages that may be delayed at once in one queue: each costs a slot in memory.
constexpr std::uint64_t delayed_max = 1'000'000;

}  // namespace

Queue::Queue(engine::Lane& lane, engine::PartitionId id, std::string key)
    : Partition(lane, id, kind, std::move(key)),
      state_(std::make_unique<QueueState>(backlog(), id)),
      reader_(std::make_unique<CursorReader>(backlog())) {}

Queue::~Queue() = default;

const QueueConfig& Queue::config() const { return state_->config; }
Time Queue::created() const { return state_->created; }
Time Queue::modified() const { return state_->modified; }

Time Queue::now() {
  const Time now = lane().now();
  state_->advance(now);
  return now;
}

void Queue::append(QueueChange change, const std::string& payload) {
  lane().append(id(), static_cast<std::uint16_t>(change), payload);
}

void Queue::configure(QueueConfig config) {
  std::string payload;
  encode(ConfigureChange{.now = now(), .counts_as_modified = true, .config = std::move(config)}, payload);
  append(QueueChange::configure, payload);
  sweep_from_ = {};
  changed();
}

void Queue::set_tags(std::map<std::string, std::string> tags) {
  ConfigureChange change{.now = now(), .counts_as_modified = false, .config = state_->config};
  change.config.tags = std::move(tags);
  std::string payload;
  encode(change, payload);
  append(QueueChange::configure, payload);
}

Result<Sent> Queue::send(const NewMessage& message) {
  if (auto ok = lane().admits_new(); !ok) return pass(ok);
  const QueueConfig& config = state_->config;
  const Time at = now();
  SendChange change{.now = at, .sent = at, .group = group_hash(message.message.group)};
  if (config.fifo && message.dedup) {
    change.dedup =
        DedupKey{.digest = *message.dedup, .group = config.dedup_scope == DedupScope::group ? change.group : 0};
    change.id = message.message.id;
    if (const auto* seen = state_->dedup.find(*change.dedup, at)) {
      return Sent{.id = seen->id, .seq = seen->seq, .duplicate = true};
    }
  }
  const Duration delay = config.fifo ? config.delay : message.delay.value_or(config.delay);
  if (delay > Duration::zero()) {
    if (state_->slots.delayed() >= delayed_max) {
      return fail(ErrorCode::over_limit, "too many delayed messages in " + key());
    }
    change.due = at + delay;
  } else {
    change.out_of_line = state_->out_of_line(change.group);
  }
  scratch_.clear();
  encode(change, scratch_);
  Message stored = message.message;
  stored.sent = at;
  const Seq seq = lane().append_record(*this, static_cast<std::uint16_t>(QueueChange::send), scratch_,
                                       encoded_size(stored), [&](MutableBytes into) { encode_message(stored, into); });
  if (!waiters_.empty()) changed();
  return Sent{.id = stored.id, .seq = seq};
}

const Slot* Queue::slot_of(const Receipt& receipt) const {
  return receipt.partition == id() ? state_->slots.find(receipt.seq) : nullptr;
}

AcceptOutcome Queue::accept(const Receipt& receipt) {
  now();
  const Slot* slot = slot_of(receipt);
  if (slot == nullptr || leaving_.contains(receipt.seq)) return AcceptOutcome::gone;
  if (slot->acquired != receipt.attempt) return AcceptOutcome::stale;
  if (config().fifo && slot->state != SlotState::acquired) return AcceptOutcome::expired;
  scratch_.clear();
  ByteWriter(scratch_).varint(receipt.seq.get());
  append(QueueChange::accept, scratch_);
  // The next message of a FIFO group may be free now.
  if (config().fifo && !waiters_.empty()) changed();
  return AcceptOutcome::accepted;
}

RenewOutcome Queue::renew(const Receipt& receipt, Duration visibility) {
  return put_off(QueueChange::renew, receipt, visibility);
}

RenewOutcome Queue::postpone(const Receipt& receipt, Duration visibility) {
  return put_off(QueueChange::postpone, receipt, visibility);
}

RenewOutcome Queue::put_off(QueueChange change, const Receipt& receipt, Duration visibility) {
  const Time at = now();
  const Slot* slot = slot_of(receipt);
  if (slot == nullptr || slot->acquired < receipt.attempt) return RenewOutcome::gone;
  if (config().fifo && slot->acquired != receipt.attempt) return RenewOutcome::stale;
  if (slot->state != SlotState::acquired) return RenewOutcome::not_in_flight;
  if (at + visibility > slot->acquired_at + visibility_total_max) return RenewOutcome::over_total;
  scratch_.clear();
  encode(RenewChange{.now = at, .seq = receipt.seq, .due = at + visibility}, scratch_);
  append(change, scratch_);
  if (!waiters_.empty()) changed();
  return RenewOutcome::renewed;
}

void Queue::reclaim() {
  const Time at = now();
  const auto& slots = state_->slots;
  if (slots.acquired() == slots.postponed()) return;
  scratch_.clear();
  ByteWriter(scratch_).i64(to_ms(at));
  append(QueueChange::reclaim, scratch_);
  changed();
}

Result<void> Queue::purge(Duration interval_min) {
  const Time at = now();
  if (state_->purged != Time{} && at < state_->purged + interval_min) {
    return fail(ErrorCode::conflict, key() + " was purged less than a minute ago");
  }
  std::string payload;
  ByteWriter(payload).i64(to_ms(at));
  append(QueueChange::purge, payload);
  leaving_.clear();
  reader_->clear();
  return {};
}

QueueCounts Queue::counts() {
  if (now() >= sweep_from_) drop_expired();
  const auto& slots = state_->slots;
  return {.ready = state_->total - slots.acquired() - slots.delayed(),
          .in_flight = slots.acquired(),
          .delayed = slots.delayed()};
}

// --- move tasks ---

Result<MoveTask> Queue::start_move(std::string target, std::uint32_t rate_max) {
  if (!state_->moves.empty() &&
      (state_->moves.front().status == MoveStatus::running || state_->moves.front().status == MoveStatus::cancelling)) {
    return fail(ErrorCode::conflict, "a move task of " + key() + " is running already");
  }
  MoveTask task{.id = state_->last_move + 1,
                .target = std::move(target),
                .rate_max = rate_max,
                .to_move = counts().ready,
                .started = now()};
  std::string payload;
  encode(task, payload);
  append(QueueChange::move, payload);
  started();
  return task;
}

Result<MoveTask> Queue::cancel_move(std::uint64_t id) {
  for (MoveTask task : state_->moves) {
    if (task.id != id) continue;
    if (task.status != MoveStatus::running) return fail(ErrorCode::conflict, "the move task is not running");
    task.status = MoveStatus::cancelling;
    std::string payload;
    encode(task, payload);
    append(QueueChange::move, payload);
    return task;
  }
  return fail(ErrorCode::not_found, "no such move task");
}

std::vector<MoveTask> Queue::moves() const { return {state_->moves.begin(), state_->moves.end()}; }

// --- engine::Partition ---

void Queue::apply(const engine::Change& change) {
  state_->apply(change);
  lane().observe(state_->latest);
}

void Queue::accept_handoff(const engine::Arrival& arrival) {
  state_->accept_handoff(arrival);
  sweep_from_ = {};  // it may be older than everything here
}

void Queue::read_ahead_state() const {
  state_->read_ahead();
  backlog().read_ahead_end();
}

void Queue::handed_over(const engine::HandoffBody& handoff) {
  leaving_.erase(handoff.source_seq);
  state_->handed_over(handoff);
}

void Queue::save(ByteWriter& out) const { state_->save(out); }
Result<void> Queue::load(ByteReader& in) {
  auto ok = state_->load(in);
  lane().observe(state_->latest);
  return ok;
}
bool Queue::live(engine::RecordSeq seq) const { return state_->live(seq); }

void Queue::started() {
  const bool moving = !state_->moves.empty() && (state_->moves.front().status == MoveStatus::running ||
                                                 state_->moves.front().status == MoveStatus::cancelling);
  if (moving && !mover_) mover_ = std::make_unique<Mover>(*this);
  if (mover_) mover_->wake();
}

void Queue::changed() {
  if (!waiters_.empty()) serve();
}

void Queue::sweep() {
  drop_expired();
  measure();
}

void Queue::abandoned(const Error& why) {
  // Nothing of this queue goes on by itself any more.
  alive_ = std::make_shared<int>();
  mover_.reset();
  leaving_.clear();
  reader_->clear();
  for (auto& waiter : std::exchange(waiters_, {})) {
    lane().core().cancel(waiter.timer);
    refuse(std::move(waiter.done), why);
  }
}

void Queue::refuse(Done done, Error why) {
  lane().core().post(
      [done = std::move(done), why = std::move(why)]() mutable { done(std::unexpected(std::move(why))); });
}

// --- queues.h ---

Queue* find_queue(engine::Lane& lane, std::string_view key) {
  auto* partition = lane.find(key);
  if (partition == nullptr || partition->kind_number() != Queue::kind) return nullptr;
  return static_cast<Queue*>(partition);
}

Queue& create_queue(engine::Lane& lane, const std::string& key, const QueueConfig& config) {
  std::string setup;
  encode(ConfigureChange{.now = lane.now(), .counts_as_modified = true, .config = config}, setup);
  return static_cast<Queue&>(lane.create(Queue::kind, key, static_cast<std::uint16_t>(QueueChange::configure), setup));
}

}  // namespace millrace::broker
