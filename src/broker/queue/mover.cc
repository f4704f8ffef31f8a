#include "broker/queue/mover.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/queue/changes.h"
#include "broker/queue/queue.h"
#include "broker/queue/state.h"
#include "engine/lane.h"

namespace millrace::broker {

bool Mover::working() const {
  const auto& moves = queue_.state_->moves;
  return !moves.empty() &&
         (moves.front().status == MoveStatus::running || moves.front().status == MoveStatus::cancelling);
}

void Mover::wake() {
  if (scheduled_ || busy_ || !working()) return;
  again();
}

void Mover::again() {
  if (working() && queue_.state_->moves.front().rate_max > 0) return again(step_interval);
  scheduled_ = true;
  auto next = [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    scheduled_ = false;
    step();
  };
  // After what is on its way is durable: the disk sets the pace.
  queue_.lane().when_durable([core = &queue_.lane().core(), next = std::move(next)](Result<void> durable) mutable {
    if (durable) core->post(std::move(next));
  });
}

void Mover::again(Duration after) {
  scheduled_ = true;
  queue_.lane().after(after, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    scheduled_ = false;
    step();
  });
}

void Mover::finish(MoveStatus status, std::string failure) {
  allowance_ = 0;
  MoveTask task = queue_.state_->moves.front();
  task.status = status;
  task.failure = std::move(failure);
  std::string payload;
  encode(task, payload);
  queue_.append(QueueChange::move, payload);
}

void Mover::step() {
  if (!working()) return;
  const MoveTask& task = queue_.state_->moves.front();
  if (task.status == MoveStatus::cancelling) return finish(MoveStatus::cancelled, {});
  queue_.now();
  std::size_t count = step_messages_max;
  if (task.rate_max > 0) {
    const double share = static_cast<double>(task.rate_max) * static_cast<double>(step_interval.count()) / 1000.0;
    allowance_ = std::min(allowance_ + share, std::max(share, 1.0));
    if (allowance_ < 1.0) return again();
    count = static_cast<std::size_t>(allowance_);
  }
  if (!queue_.lane().admits_handoff()) return again(hindered_interval);
  const auto& state = *queue_.state_;
  const Seq before = state.cursor;
  auto outcome = queue_.top_up(count * 2);
  auto seqs = ready_ones(count);
  if (seqs.empty() && outcome != Queue::Outcome::loading) {
    // Many may be ready and none to be had: those of FIFO groups in flight. Others may be waiting behind them.
    outcome = queue_.top_up((state.slots.ready() + count) * 2);
    seqs = ready_ones(count);
  }
  if (seqs.empty()) {
    // A FIFO group in flight may still release some; what is in flight is not the task's.
    if (outcome != Queue::Outcome::loading && state.cursor == before) return finish(MoveStatus::completed, {});
    return again(step_interval);
  }
  if (task.rate_max > 0) allowance_ -= static_cast<double>(seqs.size());
  std::ranges::reverse(seqs);
  for (const Seq seq : seqs) queue_.leaving_.insert(seq);
  left_ = std::move(seqs);
  busy_ = true;
  move_next();
}

std::vector<Seq> Mover::ready_ones(std::size_t count_max) const {
  std::vector<Seq> seqs;
  queue_.state_->slots.for_each_ready([&](Seq seq) {
    if (!queue_.leaving_.contains(seq)) seqs.push_back(seq);
    return seqs.size() < count_max;
  });
  return seqs;
}

// One after the other, since their order must hold.
void Mover::move_next() {
  while (!left_.empty() && !queue_.leaving_.contains(left_.back())) left_.pop_back();  // a purge has forgotten them
  if (left_.empty() || !working()) {
    for (const Seq seq : std::exchange(left_, {})) queue_.leaving_.erase(seq);
    busy_ = false;
    if (working()) again();
    return;
  }
  const Seq seq = left_.back();
  left_.pop_back();
  queue_.fetch(seq, [this, seq, alive = std::weak_ptr(alive_)](Result<RecordRef> record) {
    if (alive.expired()) return;
    move_one(seq, record);
    queue_.lane().core().post([this, alive] {
      if (!alive.expired()) move_next();
    });
  });
}

void Mover::move_one(Seq seq, const Result<RecordRef>& record) {
  const bool wanted = queue_.leaving_.erase(seq) > 0 && working();
  const Slot* slot = queue_.state_->slots.find(seq);
  if (!wanted || slot == nullptr || slot->state != SlotState::ready) return;
  if (!record) {
    logging::error("{}: {}", queue_.key(), record.error().message);
    return finish(MoveStatus::failed, record.error().message);
  }
  const MoveTask& task = queue_.state_->moves.front();
  std::string target = task.target;
  if (target.empty()) {
    const auto message = decode_message(record->bytes);
    if (message) target = message->origin;
  }
  if (target.empty()) return finish(MoveStatus::failed, "a message does not say which queue it came from");
  queue_.hand_over(seq, *record, target, {.reason = Departure::Reason::move, .task = task.id});
}

}  // namespace millrace::broker
