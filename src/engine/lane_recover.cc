// The state comes back from disk: the checkpoint that the head names, then the journal after it.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "engine/lane.h"
#include "engine/maintenance.h"
#include "log/checkpoint.h"

namespace millrace::engine {
namespace {

// Since 2 a backlog says where its records stand, since 3 an outbox may hold parcels: docs/format/lane.md.
constexpr std::uint8_t checkpoint_version = 3;

}  // namespace

Result<void> Lane::recover() {
  reset();
  const auto begun = core_.monotonic_ns();
  std::optional<log::JournalStart> start;
  log::Head head;
  if (auto ok = recover_state(head, start); !ok) return ok;
  head_ = head;
  const log::JournalOptions options{.durability = options_.durability,
                                    .file_bytes = options_.journal_file_bytes,
                                    .chunk_bytes = options_.journal_chunk_bytes};
  journal_ = std::make_unique<log::Journal>(core_, store_, options, std::move(*start));
  logging::debug("lane {}: {} partitions after {} ms", id_.get(), by_id_.size(),
                 (core_.monotonic_ns() - begun) / 1'000'000);
  last_group_ = std::numeric_limits<std::uint64_t>::max();
  serve();
  return {};
}

Result<void> Lane::recover_state(log::Head& head, std::optional<log::JournalStart>& start) {
  auto stored = store_->read_head();
  if (!stored) return pass(stored);
  if (*stored) {
    head = **stored;
    ++head.epoch;
  } else {
    head.seed = static_cast<std::uint32_t>(core_.random_u64());
  }
  // A new epoch fences whoever served this lane before.
  if (auto ok = store_->write_head(head); !ok) {
    if (ok.error().code != ErrorCode::disk_full) return ok;
    if (auto freed = store_->release_reserve(); !freed) return freed;
    if (auto again = store_->write_head(head); !again) return again;
  }
  auto recovered = replay(head);
  if (!recovered) return pass(recovered);
  if (auto ok = match_segments(); !ok) return ok;

  const log::JournalOptions options{.file_bytes = options_.journal_file_bytes,
                                    .chunk_bytes = options_.journal_chunk_bytes};
  for (const auto id : recovered->unneeded) {
    if (auto ok = store_->recycle_journal(id); !ok) return ok;
  }
  auto begin = log::begin_journal(*store_, head, *recovered, options, log::Store::Room::allocated);
  if (!begin && begin.error().code == ErrorCode::disk_full) {
    if (auto freed = store_->release_reserve(); !freed) return freed;
    begin = log::begin_journal(*store_, head, *recovered, options, log::Store::Room::allocated);
  }
  if (!begin) return pass(begin);
  start = std::move(*begin);
  return {};
}

// Checkpoint and journal; changes nothing on disk.
Result<log::RecoveredJournal> Lane::replay(const log::Head& head) {
  if (head.checkpoint_id != 0) {
    auto content = log::read_checkpoint(*store_, head.checkpoint_id);
    if (!content) return pass(content);
    if (auto ok = load(*content); !ok) return pass(ok);
  }
  bool completed = false;
  auto recovered = log::recover(
      *store_, head,
      [&](const log::Entry& entry, log::Slice payload) -> Result<void> {
        if (entry.sequence <= head.checkpoint_sequence) {
          relink(entry, payload);
          return {};
        }
        if (!completed) {
          if (auto ok = complete_backlogs(); !ok) return ok;
          completed = true;
        }
        return apply(entry, payload);
      },
      last_group_);
  if (!recovered) return pass(recovered);
  if (!completed) {
    if (auto ok = complete_backlogs(); !ok) return pass(ok);
  }
  return recovered;
}

// The checkpoint covers this entry; its records are still wanted where the backlogs say so.
void Lane::relink(const log::Entry& entry, const log::Slice& payload) {
  RecordPayload record;
  if (static_cast<EntryType>(entry.type) == EntryType::fan_out) {
    FanEntry fan;
    if (!decode_fan_entry(payload.bytes, fan)) return;
    for (const auto& local : fan.local) {
      if (local.returned) continue;
      if (Partition* partition = find(local.partition)) {
        partition->backlog().relink(local.seq, {payload.chunk, fan.record, payload.journal_id}, as_bytes(local.head));
      }
    }
  } else if ((entry.type & carries_record) != 0 && read_record_payload(payload.bytes, record)) {
    if (Partition* partition = find(entry.partition)) {
      partition->backlog().relink(record.seq, {payload.chunk, record.record, payload.journal_id});
    }
  }
}

Result<void> Lane::complete_backlogs() {
  for (auto& [id, partition] : by_id_) {
    if (auto ok = partition->backlog().complete(); !ok) {
      return fail(ok.error().code, partition->key() + ": " + ok.error().message);
    }
  }
  return {};
}

Result<void> Lane::require_segments(const std::vector<std::uint64_t>& stored) const {
  for (const auto& [id, segment] : segments_.all()) {
    if (!std::ranges::binary_search(stored, id)) {
      return fail(ErrorCode::damaged, log::object_name(log::Kind::segment, id) + " is missing");
    }
  }
  return {};
}

// Every segment that is still needed exists. What nothing refers to is left over from a job that was cut off.
Result<void> Lane::match_segments() {
  auto stored = store_->list(log::Kind::segment);
  if (!stored) return pass(stored);
  if (auto ok = require_segments(*stored); !ok) return ok;
  for (const auto id : *stored) {
    if (segments_.all().contains(id)) continue;
    if (auto ok = store_->remove(log::Kind::segment, id); !ok) return ok;
  }
  segments_.take_dead();
  auto checkpoints = store_->list(log::Kind::checkpoint);
  if (!checkpoints) return pass(checkpoints);
  auto head = store_->read_head();
  if (!head) return pass(head);
  const auto needed = bases();
  for (const auto id : *checkpoints) {
    if (needed.contains(id) || (*head && (*head)->checkpoint_id == id)) continue;
    if (auto ok = store_->remove(log::Kind::checkpoint, id); !ok) return ok;
  }
  return {};
}

Result<void> Lane::audit() {
  reset();
  auto head = store_->read_head();
  if (!head) return pass(head);
  if (!*head) return {};
  auto recovered = replay(**head);
  if (!recovered) return pass(recovered);
  auto stored = store_->list(log::Kind::segment);
  if (!stored) return pass(stored);
  if (auto ok = require_segments(*stored); !ok) return ok;
  for (const auto& [id, partition] : by_id_) {
    for (const auto& extent : partition->backlog().extents()) {
      auto reader = Segments::open(*store_, extent.segment);
      if (!reader) return pass(reader);
      const auto& held = (*reader)->info().extents;
      const bool fits = extent.index < held.size() && held[extent.index].partition == id &&
                        held[extent.index].first_seq == extent.first.get() &&
                        held[extent.index].last_seq == extent.last.get() && extent.live <= held[extent.index].count;
      if (!fits) {
        return fail(ErrorCode::damaged, fmt::format("{} does not hold records {} to {} of {}", (*reader)->name(),
                                                    extent.first.get(), extent.last.get(), partition->key()));
      }
    }
  }
  return {};
}

void Lane::reset() {
  serving_ = false;
  failure_posted_ = false;
  alive_ = std::make_shared<int>();
  maintenance_.reset();
  // What this journal could not make durable must not come back, even if it can be read at the moment.
  if (journal_ && journal_->space() == log::Space::failed) last_group_ = journal_->last_group();
  journal_.reset();
  partitions_.clear();
  by_key_.clear();
  directory_.clear();
  by_id_.clear();
  removed_.clear();
  last_partition_ = lane_partition;
  swept_ = lane_partition;
  handoffs_ = {};
  segments_.clear();
}

Result<std::string> Lane::read_base(std::uint64_t id) const { return log::read_checkpoint(*store_, id); }

std::set<std::uint64_t> Lane::bases() const {
  std::set<std::uint64_t> ids;
  for (const auto& [id, partition] : by_id_) {
    if (partition->base() != 0) ids.insert(partition->base());
  }
  return ids;
}

std::string Lane::save() const {
  std::string content;
  ByteWriter out(content);
  out.u8(checkpoint_version);
  out.i64(to_ms(latest_));
  out.u32(last_partition_.get());
  out.varint(removed_.size());
  for (const auto& [key, time] : removed_) {
    out.string(key);
    out.i64(to_ms(time));
  }
  handoffs_.save(out);
  segments_.save(out);
  out.varint(by_id_.size());
  std::string model;
  for (const auto& [id, partition] : by_id_) {
    out.u32(id.get());
    out.u8(partition->kind_number());
    out.string(partition->key());
    partition->backlog().save(out);
    model.clear();
    ByteWriter model_out(model);
    partition->save(model_out);
    out.string(model);
  }
  return content;
}

Result<void> Lane::load(std::string_view checkpoint) {
  ByteReader in(checkpoint);
  const auto version = in.u8();
  if (version == 0 || version > checkpoint_version) {
    return fail(ErrorCode::unsupported,
                fmt::format("the checkpoint has version {}, this program reads versions up to {}", version,
                            checkpoint_version));
  }
  latest_ = from_ms(in.i64());
  last_partition_ = PartitionId(in.u32());
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    std::string key(in.string());
    removed_[std::move(key)] = from_ms(in.i64());
  }
  if (auto ok = handoffs_.load(in, version >= 3); !ok) return ok;
  if (auto ok = segments_.load(in); !ok) return ok;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const PartitionId id(in.u32());
    const auto kind = in.u8();
    std::string key(in.string());
    if (!in.ok()) break;
    auto made = factory_(*this, id, kind, key);
    if (!made) return fail(ErrorCode::unsupported, fmt::format("partition kind {} of {} is not known here", kind, key));
    if (auto ok = made->backlog().load_state(in, version >= 2); !ok) return ok;
    const auto model = in.string();
    ByteReader model_in(model);
    if (auto ok = made->load(model_in); !ok) return fail(ok.error().code, key + ": " + ok.error().message);
    partitions_[id] = made.get();
    by_key_[made->key()] = made.get();
    directory_[std::move(key)] = id;
    by_id_[id] = std::move(made);
  }
  if (!in.done()) return fail(ErrorCode::damaged, "the checkpoint's content cannot be read");
  return {};
}

}  // namespace millrace::engine
