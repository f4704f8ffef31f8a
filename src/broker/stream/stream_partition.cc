#include "broker/stream/stream_partition.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "broker/stream/batch.h"
#include "engine/lane.h"

namespace millrace::broker {

StreamPartition::StreamPartition(engine::Lane& lane, engine::PartitionId id, std::string key)
    : engine::Partition(lane, id, kind, std::move(key)) {}

StreamPartition::~StreamPartition() = default;

void StreamPartition::append_change(StreamChange change, std::string_view payload) {
  lane().append(id(), static_cast<std::uint16_t>(change), payload);
}

void StreamPartition::configure(StreamConfig config) {
  append_change(StreamChange::configure, encode_configure(lane().now(), config));
}

Result<Appended> StreamPartition::append(std::uint32_t records, Bytes batch) {
  return append(records, batch.size(),
                [&](MutableBytes into) { std::memcpy(into.data(), batch.data(), batch.size()); });
}

Result<Appended> StreamPartition::append(std::uint32_t records, std::size_t bytes,
                                         const std::function<void(MutableBytes)>& fill) {
  check(records > 0);
  if (state_.closed) return fail(ErrorCode::conflict, key() + " is closed");
  if (auto ok = lane().admits_new(); !ok) return pass(ok);
  if (BatchHead::size + bytes > lane().record_bytes_max()) {
    return fail(ErrorCode::over_limit, "a batch for " + key() + " is larger than the journal takes");
  }
  const BatchHead head{.records = records, .time = lane().now()};
  const Offset first = next();
  lane().append_record(
      *this, static_cast<std::uint16_t>(StreamChange::append), {}, BatchHead::size + bytes,
      [&](MutableBytes into) {
        write_batch_head(head, into);
        fill(into.subspan(BatchHead::size));
      },
      records);
  lane().when_durable(own([this, end = next()](Result<void> ok) {
    if (ok) durable(end, false);
  }));
  return Appended{.first = first, .time = head.time};
}

void StreamPartition::close() {
  if (state_.closed) return;
  std::string payload;
  ByteWriter(payload).i64(to_ms(lane().now()));
  append_change(StreamChange::close, payload);
  lane().when_durable(own([this](Result<void> ok) {
    if (ok) durable(next(), true);
  }));
}

void StreamPartition::durable(Offset end, bool closed) {
  durable_end_ = std::max(durable_end_, end);
  durably_closed_ = durably_closed_ || closed;
  if (!watches_.empty()) wake(durably_closed_);
}

// --- watching ---

StreamWatchId StreamPartition::watch(Offset from, Callback<void()> task) {
  ++last_watch_;
  watches_.emplace(from, Watch{.id = last_watch_, .task = std::move(task)});
  if (from < durable_end_ || durably_closed_) wake(durably_closed_);
  return last_watch_;
}

void StreamPartition::unwatch(StreamWatchId watch) {
  std::erase_if(watches_, [&](const auto& entry) { return entry.second.id == watch; });
}

void StreamPartition::wake(bool all) {
  const auto end = all ? watches_.end() : watches_.lower_bound(durable_end_);
  if (watches_.begin() == end) return;
  std::vector<Callback<void()>> tasks;
  for (auto at = watches_.begin(); at != end; ++at) tasks.push_back(std::move(at->second.task));
  watches_.erase(watches_.begin(), end);
  lane().core().post([tasks = std::move(tasks)]() mutable {
    for (auto& task : tasks) task();
  });
}

// --- engine::Partition ---

void StreamPartition::apply(const engine::Change& change) {
  state_.apply(change, backlog());
  lane().observe(state_.seen);
}

// A batch that was fanned out: its head is the target's own.
void StreamPartition::accept_handoff(const engine::Arrival& arrival) {
  state_.accept(arrival, backlog());
  lane().observe(state_.seen);
}

void StreamPartition::changed() {
  lane().when_durable(own([this, end = next()](Result<void> ok) {
    if (ok) durable(end, false);
  }));
}

void StreamPartition::handed_over(const engine::HandoffBody&) {
  check(false, "nothing is handed over by a stream's partition");
}

void StreamPartition::save(ByteWriter& out) const { state_.save(out); }

Result<void> StreamPartition::load(ByteReader& in) {
  auto ok = state_.load(in);
  lane().observe(state_.seen);
  return ok;
}

bool StreamPartition::live(engine::RecordSeq seq) const { return seq >= state_.first; }

// What recovery found is durable.
void StreamPartition::started() {
  durable_end_ = next();
  durably_closed_ = state_.closed;
}

void StreamPartition::sweep() {
  const Time oldest = horizon();
  const Offset end = state_.latest < oldest ? durable_end_ : state_.marks.before(oldest - Duration(1), state_.first);
  if (end <= state_.first) return;
  std::string payload;
  ByteWriter(payload).varint(end.get());
  append_change(StreamChange::trim, payload);
}

void StreamPartition::abandoned(const Error& why) {
  // Nothing of this partition goes on by itself any more.
  alive_ = std::make_shared<int>();
  wake(true);
  std::vector<ReadDone> readers = stop_reading();
  if (readers.empty()) return;
  lane().core().post([readers = std::move(readers), why]() mutable {
    for (auto& done : readers) done(std::unexpected(why));
  });
}

// --- finding and making ---

StreamPartition* find_stream_partition(engine::Lane& lane, std::string_view key) {
  auto* partition = lane.find(key);
  if (partition == nullptr || partition->kind_number() != StreamPartition::kind) return nullptr;
  return static_cast<StreamPartition*>(partition);
}

StreamPartition& create_stream_partition(engine::Lane& lane, const std::string& key, const StreamConfig& config) {
  return static_cast<StreamPartition&>(lane.create(StreamPartition::kind, key,
                                                   static_cast<std::uint16_t>(StreamChange::configure),
                                                   encode_configure(lane.now(), config)));
}

}  // namespace millrace::broker
