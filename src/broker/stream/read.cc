// Reading a stream's partition: whole batches, from memory where they are there, from segments otherwise.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "broker/record_ref.h"
#include "broker/stream/batch.h"
#include "broker/stream/stream_partition.h"
#include "engine/lane.h"

namespace millrace::broker {

// One call of read() or find_time() on its way.
struct StreamPartition::Reading {
  Offset from;
  StreamReadLimits limits;
  Time not_before{};  // older batches are passed over
  bool by_time = false;
  ReadDone done;
  StreamRead result;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  bool full = false;
  int retries = 0;
};

namespace {

// A segment may be rewritten between choosing it and opening it; the next try finds the new one.
constexpr int retries_max = 3;

}  // namespace

Time StreamPartition::horizon() { return std::max(lane().now() - state_.config.retention, state_.expired); }

Offset StreamPartition::first() {
  const Time oldest = horizon();
  if (state_.latest < oldest) return durable_end_;
  const Offset first = std::max(state_.first, state_.marks.before(oldest - Duration(1), state_.first));
  // A mark may stand at what is not durable yet, and others get those offsets when a power cut takes it.
  return std::min(first, durable_end_);
}

void StreamPartition::read(Offset from, StreamReadLimits limits, ReadDone done) {
  auto reading = std::make_shared<Reading>();
  reading->from = std::max(from, first());
  reading->limits = limits;
  reading->not_before = horizon();
  reading->done = std::move(done);
  go_on(reading);
}

void StreamPartition::find_time(Time time, Callback<void(Result<Offset>)> done) {
  auto reading = std::make_shared<Reading>();
  reading->from = std::min(std::max(first(), state_.marks.before(time - Duration(1), state_.first)), durable_end_);
  // One batch, the first that is not too old.
  reading->limits = {.records_max = 1, .bytes_max = 1};
  reading->not_before = std::max(time, horizon());
  reading->by_time = true;
  reading->done = [done = std::move(done)](Result<StreamRead> read) mutable {
    if (!read) return done(pass(read));
    done(read->batches.empty() ? read->next : read->batches.front().first);
  };
  go_on(reading);
}

// Takes a batch, or passes over one that is too old. False when there is no room for it.
bool StreamPartition::take(Reading& reading, Bytes record, engine::RecordSeq last,
                           const std::shared_ptr<const void>& keep) const {
  const auto head = read_batch_head(record);
  check(head.has_value(), "checksums have shown that this is what was written");
  if (head->time < reading.not_before) {
    reading.from = last.next();
    return true;
  }
  const Bytes bytes = record.subspan(BatchHead::size);
  const Offset first(last.get() - head->records + 1);
  if (!reading.result.batches.empty() && reading.bytes + bytes.size() > reading.limits.bytes_max) {
    reading.full = true;
    return false;
  }
  reading.records += last.get() - std::max(first, reading.from).get() + 1;
  reading.bytes += bytes.size();
  reading.result.batches.push_back(
      {.first = first, .records = head->records, .time = head->time, .bytes = bytes, .keep = keep});
  reading.from = last.next();
  reading.full = reading.records >= reading.limits.records_max || reading.bytes >= reading.limits.bytes_max;
  return !reading.full;
}

Offset StreamPartition::end_for(const Reading& reading) const {
  return reading.limits.undurable ? next() : durable_end_;
}

void StreamPartition::take_from_memory(Reading& reading) const {
  const auto& tail = backlog().tail();
  const Offset end = end_for(reading);
  for (auto at = backlog().place_of(reading.from); at < tail.size() && tail[at].seq < end; ++at) {
    const auto& place = tail[at];
    // A trimmed place at the front is popped, so an empty one is not met here.
    check(place.record.chunk != nullptr, "a stream drops from the front only");
    const auto record = record_at(place);
    if (!take(reading, record.bytes, place.seq, record.keep)) return;
  }
}

void StreamPartition::go_on(const std::shared_ptr<Reading>& reading) {
  if (!reading->full && reading->from < end_for(*reading)) {
    reading->from = std::max(reading->from, state_.first);
    const Offset stored = backlog().first_stored(reading->from);
    if (stored < backlog().first_tail()) return load_block(reading);
    reading->from = std::max(reading->from, stored);
    take_from_memory(*reading);
  }
  end_read(reading);
}

void StreamPartition::load_block(const std::shared_ptr<Reading>& reading) {
  readings_.insert(reading);
  const auto access = reading->by_time ? engine::Segments::Access::random : engine::Segments::Access::sequential;
  backlog().load(reading->from, access, own([this, reading](Result<engine::BlockPtr> block) {
                   readings_.erase(reading);
                   if (!block) {
                     const bool again = block.error().code != ErrorCode::damaged && reading->retries++ < retries_max;
                     if (again) return go_on(reading);
                     return reading->done(pass(block));
                   }
                   for (const auto& record : (*block)->records) {
                     const Offset last(record.seq);
                     if (last < reading->from) continue;
                     if (!take(*reading, record.bytes, last, *block)) break;
                   }
                   go_on(reading);
                 }));
}

void StreamPartition::end_read(const std::shared_ptr<Reading>& reading) {
  auto& result = reading->result;
  result.next = reading->from;
  result.at_tip = reading->from >= end_for(*reading);
  result.at_end = result.at_tip && durably_closed_;
  if (!result.at_tip) {
    // The time of the next batch where it is at hand, of the last one given otherwise.
    Time at = result.batches.empty() ? state_.latest : result.batches.back().time;
    if (const auto* place = backlog().in_memory(reading->from)) at = read_batch_head(record_at(*place).bytes)->time;
    // Zero says that nothing is left, however young what is left may be.
    result.behind = std::max(Duration(1), lane().now() - at);
  }
  auto done = std::move(reading->done);
  done(std::move(result));
}

std::vector<StreamPartition::ReadDone> StreamPartition::stop_reading() {
  std::vector<ReadDone> readers;
  for (const auto& reading : readings_) readers.push_back(std::move(reading->done));
  readings_.clear();
  return readers;
}

}  // namespace millrace::broker
