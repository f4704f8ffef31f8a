// Measuring: once a minute, how full the queue is. What is counted call by call is the doors' business.
#include <algorithm>

#include "base/check.h"
#include "broker/queue/queue.h"
#include "broker/queue/reader.h"
#include "broker/queue/state.h"
#include "engine/lane.h"

namespace millrace::broker {
namespace {

// An empty queue is measured for this long after its last call, as at SQS.
constexpr Duration active_for = std::chrono::hours(6);
// Where a lane has few partitions they are swept more often than once a minute.
constexpr Duration measured_every = std::chrono::seconds(50);

// Grows with every call that was counted.
std::uint64_t calls(const metrics::Series& series) {
  std::uint64_t sum = 0;
  for (const auto& facts : metrics::facts_of(metrics::Kind::queue)) {
    if (facts.form == metrics::Form::counter) sum += series.total(facts.metric).count;
  }
  return sum;
}

}  // namespace

std::optional<Time> Queue::oldest() {
  if (state_->total == 0) return std::nullopt;
  Time oldest = Time::max();
  state_->slots.for_each([&](Seq, const Slot& slot) { oldest = std::min(oldest, slot.sent); });
  RecordRef record;
  switch (reader_->at(state_->claims.skip(state_->cursor), record)) {
    case CursorReader::State::found: {
      const auto message = decode_message(record.bytes);
      check(message.has_value(), "a record whose checksum holds is a message");
      oldest = std::min(oldest, message->sent);
      break;
    }
    case CursorReader::State::absent:
      // Not worth a read: the last look for what is too old knows it well enough.
      if (sweep_from_ != Time{}) oldest = std::min(oldest, sweep_from_ - config().retention);
      break;
    case CursorReader::State::end: break;
  }
  if (oldest == Time::max()) return std::nullopt;
  return oldest;
}

void Queue::measure() {
  if (state_->total == 0 && !has_series()) return;
  const Time at = now();
  if (at < measured_ + measured_every) return;
  measured_ = at;
  auto& series = this->series(metrics::Kind::queue);
  const auto seen = calls(series);
  if (state_->total > 0 || seen != std::exchange(calls_seen_, seen)) active_ = at;
  if (at >= active_ + active_for) return;
  const auto in = counts();
  const auto age = std::max(at - oldest().value_or(at), Duration::zero());
  series.add(metrics::Metric::messages_visible, in.ready, at);
  series.add(metrics::Metric::messages_not_visible, in.in_flight, at);
  series.add(metrics::Metric::messages_delayed, in.delayed, at);
  series.add(metrics::Metric::age_of_oldest_message,
             static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(age).count()), at);
}

}  // namespace millrace::broker
