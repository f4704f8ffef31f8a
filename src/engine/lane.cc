#include "engine/lane.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/maintenance.h"

namespace millrace::engine {

Lane::Lane(LaneId id, env::Core& core, std::shared_ptr<log::Store> store, LaneOptions options, PartitionFactory factory,
           Courier& courier)
    : id_(id),
      core_(core),
      store_(std::move(store)),
      options_(options),
      factory_(std::move(factory)),
      courier_(courier),
      segments_(core, store_) {}

Lane::~Lane() = default;

Time Lane::now() {
  const Time wall = core_.now();
  if (wall >= latest_) {
    behind_since_ns_ = 0;
    return latest_ = wall;
  }
  // The clock went back. Time does not stand still until it has caught up, but goes on at half its pace.
  constexpr std::uint64_t half_pace_ns = 2'000'000;
  const auto at = core_.monotonic_ns();
  if (behind_since_ns_ == 0) behind_since_ns_ = at;
  const auto steps = (at - behind_since_ns_) / half_pace_ns;
  behind_since_ns_ += steps * half_pace_ns;
  return latest_ += Duration(steps);
}

Partition* Lane::find(PartitionId id) {
  const auto at = partitions_.find(id);
  return at == partitions_.end() ? nullptr : at->second;
}

Partition* Lane::find(std::string_view key) {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : at->second;
}

std::optional<Time> Lane::removed_at(std::string_view key) const {
  const auto at = removed_.find(key);
  if (at == removed_.end()) return std::nullopt;
  return at->second;
}

Partition& Lane::create(std::uint8_t kind, const std::string& key, std::uint16_t setup_type, std::string_view setup) {
  check(!directory_.contains(key), "a key names one partition");
  const PartitionId id = last_partition_.next();
  std::string payload;
  ByteWriter out(payload);
  out.u32(id.get());
  out.u8(kind);
  out.i64(to_ms(now()));
  out.string(key);
  out.u16(setup_type);
  out.string(setup);
  append_own(EntryType::create_partition, payload);
  Partition& made = *find(id);
  made.started();
  return made;
}

void Lane::remove(PartitionId id) {
  Partition* partition = find(id);
  check(partition != nullptr);
  partition->abandoned(Error{ErrorCode::not_found, partition->key() + " was removed"});
  std::string payload;
  ByteWriter out(payload);
  out.u32(id.get());
  out.i64(to_ms(now()));
  append_own(EntryType::remove_partition, payload);
}

void Lane::append_own(EntryType type, std::string_view payload) {
  append_entry(lane_partition, static_cast<std::uint16_t>(type), payload);
}

void Lane::append(PartitionId partition, std::uint16_t type, std::string_view payload) {
  check((type & carries_record) == 0 && type >= static_cast<std::uint16_t>(EntryType::first_of_partition));
  append_entry(partition, type, payload);
}

void Lane::append_entry(PartitionId partition, std::uint16_t type, std::string_view payload) {
  const log::Entry entry{.sequence = journal_->next_sequence(), .partition = partition, .type = type};
  auto space = journal_->reserve(partition, type, payload.size());
  if (!payload.empty()) std::memcpy(space.data(), payload.data(), payload.size());
  const auto slice = journal_->commit();
  const auto applied = apply(entry, slice);
  check(applied.has_value(), "what was just made can be applied");
  if (journal_->space() == log::Space::failed) journal_failed({ErrorCode::io, "the journal has failed"});
}

RecordSeq Lane::append_record(Partition& partition, std::uint16_t type, std::string_view change,
                              std::size_t record_bytes, const std::function<void(MutableBytes)>& fill,
                              std::uint32_t span) {
  check(span > 0);
  const RecordSeq seq(partition.backlog().next().get() + span - 1);
  const auto full_type = static_cast<std::uint16_t>(type | carries_record);
  const log::Entry entry{.sequence = journal_->next_sequence(), .partition = partition.id(), .type = full_type};
  auto space = journal_->reserve(partition.id(), full_type, RecordHead::size + change.size() + record_bytes);
  write_record_head(space, {.seq = seq, .change_bytes = static_cast<std::uint32_t>(change.size())});
  if (!change.empty()) std::memcpy(space.data() + RecordHead::size, change.data(), change.size());
  fill(space.subspan(RecordHead::size + change.size()));
  const auto slice = journal_->commit();
  const auto applied = apply(entry, slice);
  check(applied.has_value(), "what was just made can be applied");
  return seq;
}

std::size_t Lane::record_bytes_max() const { return journal_->entry_bytes_max() - RecordHead::size; }

void Lane::when_durable(Callback<void(Result<void>)> done) {
  if (!journal_ || journal_->space() == log::Space::failed) {
    // In a turn of its own: the caller may be in the middle of a change, and whoever hears of this may begin another.
    if (journal_) journal_failed({ErrorCode::io, "the journal has failed"});
    core_.post([done = std::move(done)]() mutable {
      done(fail(ErrorCode::unavailable, "this part of the server is recovering"));
    });
    return;
  }
  journal_->when_durable([this, alive = std::weak_ptr(alive_), done = std::move(done)](Result<void> result) mutable {
    if (!result && !alive.expired()) journal_failed(result.error());
    done(std::move(result));
  });
}

Result<void> Lane::admits_new() const {
  if (!serving_) return fail(ErrorCode::unavailable, "this part of the server is recovering");
  if (journal_->space() == log::Space::low || maintenance_->needs_space()) {
    return fail(ErrorCode::disk_full, "the disk is full: no new messages until there is room");
  }
  if (journal_->files().size() > options_.backlogged_files_max ||
      journal_->pending_bytes() > options_.pending_bytes_max) {
    return fail(ErrorCode::unavailable, "messages arrive faster than the disk takes them");
  }
  return {};
}

Result<void> Lane::admits_handoff() const {
  if (auto ok = admits_new(); !ok) return ok;
  std::size_t under_way = 0;
  for (const auto& [lane, outbox] : handoffs_.out) under_way += outbox.items.size();
  if (under_way < options_.outbox_max) return {};
  return fail(ErrorCode::unavailable, "the messages that leave for other queues do not arrive there at the moment");
}

env::TimerId Lane::after(Duration delay, Callback<void()> task) { return core_.after(delay, guard(std::move(task))); }

// --- failure ---

// The state in memory is ahead of the disk by an unknown amount. Those who wait are told first, in a turn of their own.
void Lane::journal_failed(const Error& why) {
  if (failure_posted_) return;
  failure_posted_ = true;
  logging::error("lane {}: {}; recovering from disk", id_.get(), why.message);
  core_.post(guard([this, why] {
    serving_ = false;
    for (auto& [id, partition] : by_id_) partition->abandoned({ErrorCode::unavailable, why.message});
    if (closed_) return end_close();
    reset();
    if (jobs_ > 0) {
      recovery_waits_ = true;
    } else {
      recover_again();
    }
  }));
}

void Lane::offload(Callback<void()> work, Callback<void()> done) {
  ++jobs_;
  core_.offload(std::move(work), [this, life = std::weak_ptr(life_), done = guard(std::move(done))]() mutable {
    if (life.expired()) return;
    --jobs_;
    done();
    if (jobs_ == 0 && std::exchange(recovery_waits_, false)) recover_again();
  });
}

void Lane::recover_again() {
  ++recoveries_;
  const auto result = recover();
  if (result) return;
  logging::error("lane {}: recovery failed: {}; trying again", id_.get(), result.error().message);
  reset();
  after(options_.retry_interval, [this] {
    if (!closed_) recover_again();
  });
}

void Lane::close(Callback<void()> done) {
  closed_ = std::move(done);
  if (!serving_) return end_close();
  // From here on only maintenance appends: its last job settles the journal's current file, so nothing may join it.
  serving_ = false;
  for (auto& [id, partition] : by_id_) partition->abandoned({ErrorCode::unavailable, "the server is shutting down"});
  maintenance_->finish(guard([this] {
    journal_->close(guard([this] {
      // Not here: the journal is still in the call.
      core_.post(guard([this] { end_close(); }));
    }));
  }));
}

void Lane::end_close() {
  recovery_waits_ = false;
  reset();
  auto done = std::move(closed_);
  done();
}

// --- live housekeeping ---

void Lane::serve() {
  serving_ = true;
  maintenance_ = std::make_unique<Maintenance>(*this);
  journal_->set_on_rotate([this](std::uint64_t) { maintenance_->look(); });
  for (auto& [id, partition] : by_id_) partition->started();
  for (auto& [lane, outbox] : handoffs_.out) {
    outbox.durable_through = outbox.last_number;
    send_outbox(lane, 0);
  }
  after(options_.sweep_interval, [this] { sweep(); });
  maintenance_->look();
}

void Lane::sweep() {
  if (!serving_) return;
  auto left = by_id_.size() / options_.sweep_rounds + 1;
  auto at = by_id_.upper_bound(swept_);
  for (; left > 0 && at != by_id_.end(); --left) {
    swept_ = at->first;
    at->second->sweep();
    at = by_id_.upper_bound(swept_);
  }
  if (at == by_id_.end()) swept_ = lane_partition;
  metrics_.sweep(now());
  if (journal_->space() == log::Space::failed) journal_failed({ErrorCode::io, "the journal has failed"});
  for (auto& [lane, outbox] : handoffs_.out) {
    if (!outbox.items.empty()) send_outbox(lane, 0);
  }
  maintenance_->look();
  after(options_.sweep_interval, [this] { sweep(); });
}

// --- handoff ---

void Lane::hand_over(const HandoffBody& handoff) {
  const LaneId to = courier_.lane_of(handoff.target);
  std::string payload;
  ByteWriter out(payload);
  out.u32(to.get());
  out.u64(next_number(to));
  out.raw(encode_handoff(handoff));
  append_own(EntryType::handoff_out, payload);
  send_when_durable(to);
}

// Each life of the lane begins above every number that an earlier one can have given, also one whose last entries a
// power cut has taken: the destination would take a number that comes twice for a repetition.
std::uint64_t Lane::next_number(LaneId to) {
  constexpr int epoch_shift = 32;
  return std::max(handoffs_.out[to].last_number, head_.epoch << epoch_shift) + 1;
}

// Sends what is in the outbox now, once it is durable. What joins it meanwhile goes with the next round.
void Lane::send_when_durable(LaneId to) {
  if (std::exchange(handoffs_.out[to].waits, true)) return;
  const auto through = handoffs_.out[to].last_number;
  when_durable(guard([this, to, through](Result<void> durable) {
    if (!durable) return;
    auto& outbox = handoffs_.out[to];
    outbox.waits = false;
    outbox.durable_through = std::max(outbox.durable_through, through);
    send_outbox(to, outbox.sent_through);
    if (outbox.last_number > through) send_when_durable(to);
  }));
}

void Lane::send_outbox(LaneId to, std::uint64_t after_number) {
  auto& outbox = handoffs_.out[to];
  HandoffBatch batch{.source = id_};
  const auto number = &HandoffItem::number;
  const auto first = std::ranges::upper_bound(outbox.items, after_number, {}, number);
  const auto end = std::ranges::upper_bound(outbox.items, outbox.durable_through, {}, number);
  if (first < end) batch.items.assign(first, end);
  if (first != outbox.items.begin()) batch.after = std::prev(first)->number;
  if (batch.items.empty()) return;
  outbox.sent_through = batch.items.back().number;
  courier_.deliver(to, std::move(batch));
}

void Lane::receive(HandoffBatch batch) {
  // The source sends again what it gets no answer for.
  if (!serving_) return;
  for (const auto& item : batch.items) {
    const auto seen = handoffs_.received[batch.source];
    // What is not taken comes again, with what is missing before it.
    if (seen < batch.after || !admits_new()) break;
    if (item.number <= seen) continue;
    if (item.parcel) {
      take_parcel(batch.source, item);
    } else {
      take(batch.source, item);
    }
  }
  const auto through = handoffs_.received[batch.source];
  when_durable(guard([this, source = batch.source, through](Result<void> durable) {
    if (durable) courier_.acknowledge(source, id_, through);
  }));
}

void Lane::take(LaneId source, const HandoffItem& item) {
  HandoffBody body;
  check(decode_handoff(item.body.bytes, body), "the source has journaled this");
  Partition* target = body.returning ? find(body.source) : find(body.target);
  std::string change;
  ByteWriter out(change);
  out.u32(source.get());
  out.u64(item.number);
  out.i64(to_ms(now()));
  if (target != nullptr) {
    out.u8(body.returning ? 1 : 0);
    out.string(body.returning ? body.return_note : body.note);
    append_record(*target, static_cast<std::uint16_t>(EntryType::handoff_in), change, body.record.size(),
                  [&](MutableBytes into) { std::memcpy(into.data(), body.record.data(), body.record.size()); });
    target->changed();
    return;
  }
  // Back to where it came from; a record that cannot return either belonged to a queue that was removed.
  out.u8(body.returning ? 0 : 1);
  if (!body.returning) {
    out.u64(next_number(source));
    body.returning = true;
    out.raw(encode_handoff(body));
  }
  append_own(EntryType::handoff_in, change);
  send_when_durable(source);
}

void Lane::acknowledged(LaneId destination, std::uint64_t through) {
  if (!serving_) return;
  const auto at = handoffs_.out.find(destination);
  if (at == handoffs_.out.end() || at->second.items.empty() || at->second.items.front().number > through) return;
  std::string payload;
  ByteWriter out(payload);
  out.u32(destination.get());
  out.u64(through);
  append_own(EntryType::handoff_acked, payload);
}

Lane::Stats Lane::stats() const {
  return {.entries = entries_,
          .recoveries = recoveries_,
          .segments_written = segments_written_,
          .checkpoints_written = checkpoints_written_,
          .partitions = by_id_.size()};
}

}  // namespace millrace::engine
