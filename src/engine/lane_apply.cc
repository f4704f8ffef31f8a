// The state follows the journal: what each entry does, live and at recovery alike.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/lane.h"

namespace millrace::engine {
namespace {

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::damaged, fmt::format("an entry that {} cannot be read", what));
}

}  // namespace

Result<void> Lane::apply(const log::Entry& entry, const log::Slice& payload) {
  ++entries_;
  RecordPayload record;
  const bool carries = (entry.type & carries_record) != 0;
  if (carries && !read_record_payload(payload.bytes, record)) return malformed("carries a record");
  const auto type = static_cast<std::uint16_t>(entry.type & ~carries_record);
  if (type < static_cast<std::uint16_t>(EntryType::first_of_partition)) {
    return apply_own(static_cast<EntryType>(type), entry.partition, payload, carries ? &record : nullptr);
  }
  Partition* partition = find(entry.partition);
  if (partition == nullptr) {
    return fail(ErrorCode::damaged, fmt::format("entry {} names partition {}, which does not exist", entry.sequence,
                                                entry.partition.get()));
  }
  Change change{.type = type, .payload = payload.bytes};
  if (carries) {
    change.payload = record.change;
    change.seq = record.seq;
    change.record = {.chunk = payload.chunk, .bytes = record.record, .journal_id = payload.journal_id};
  }
  partition->apply(change);
  return {};
}

Result<void> Lane::apply_own(EntryType type, PartitionId partition, const log::Slice& payload,
                             const RecordPayload* record) {
  switch (type) {
    case EntryType::create_partition: return apply_create(ByteReader(payload.bytes));
    case EntryType::remove_partition: return apply_remove(ByteReader(payload.bytes));
    case EntryType::settled: return apply_settled(ByteReader(payload.bytes));
    case EntryType::handoff_out: return apply_handoff_out(ByteReader(payload.bytes), payload);
    case EntryType::handoff_in: return apply_handoff_in(partition, payload, record);
    case EntryType::handoff_acked: return apply_handoff_acked(ByteReader(payload.bytes));
    case EntryType::fan_out: return apply_fan_out(payload);
    case EntryType::first_of_partition: break;
  }
  return fail(ErrorCode::unsupported,
              fmt::format("entry type {} was written by a newer version", static_cast<int>(type)));
}

Result<void> Lane::apply_create(ByteReader in) {
  const PartitionId id(in.u32());
  const auto kind = in.u8();
  const Time now = from_ms(in.i64());
  std::string key(in.string());
  const auto setup_type = in.u16();
  const auto setup = in.string();
  if (!in.done()) return malformed("creates a partition");
  auto made = factory_(*this, id, kind, key);
  if (!made) return fail(ErrorCode::unsupported, fmt::format("partition kind {} of {} is not known here", kind, key));
  observe(now);
  forget_removed(now);
  removed_.erase(key);
  last_partition_ = std::max(last_partition_, id);
  partitions_[id] = made.get();
  by_key_[made->key()] = made.get();
  directory_[std::move(key)] = id;
  Partition& partition = *made;
  by_id_[id] = std::move(made);
  partition.apply({.type = setup_type, .payload = as_bytes(setup)});
  return {};
}

Result<void> Lane::apply_remove(ByteReader in) {
  const PartitionId id(in.u32());
  const Time now = from_ms(in.i64());
  const auto at = by_id_.find(id);
  if (!in.done() || at == by_id_.end()) return malformed("removes a partition");
  observe(now);
  forget_removed(now);
  removed_[at->second->key()] = now;
  directory_.erase(at->second->key());
  by_key_.erase(at->second->key());
  partitions_.erase(id);
  at->second->backlog().drop_below(at->second->backlog().next());
  by_id_.erase(at);
  return {};
}

void Lane::forget_removed(Time now) {
  std::erase_if(removed_, [&](const auto& entry) { return entry.second + removed_kept <= now; });
}

Result<void> Lane::apply_settled(ByteReader in) {
  const auto until = in.u64();
  const auto segment = in.u64();
  const auto bytes = in.varint();
  std::uint64_t records = 0;
  std::uint64_t live = 0;
  struct Addition {
    Backlog* backlog;
    Extent extent;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> old;
  };
  std::vector<Addition> additions;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    Addition addition{};
    Partition* partition = find(PartitionId(in.u32()));
    addition.extent.segment = segment;
    addition.extent.index = static_cast<std::uint32_t>(in.varint());
    addition.extent.first = RecordSeq(in.varint());
    addition.extent.last = RecordSeq(in.varint());
    addition.extent.count = in.varint();
    addition.extent.bytes = in.varint();
    for (auto olds = in.varint(); olds > 0 && in.ok(); --olds) {
      const auto old_segment = in.u64();
      addition.old.emplace_back(old_segment, static_cast<std::uint32_t>(in.varint()));
    }
    records += addition.extent.count;
    if (partition == nullptr) continue;
    addition.backlog = &partition->backlog();
    if (addition.old.empty()) {
      addition.extent.live = addition.backlog->live_in_memory(addition.extent.first, addition.extent.last);
    } else {
      // A stream lets go of a part of an extent without counting it, so fewer may have been copied.
      addition.extent.live = std::min(addition.backlog->live_in(addition.old), addition.extent.count);
    }
    live += addition.extent.live;
    if (addition.extent.live > 0) additions.push_back(std::move(addition));
  }
  if (!in.done()) return malformed("settles records");
  if (segment != 0) segments_.add(segment, bytes, records, live);
  if (until != 0) {
    for (auto& [id, partition] : by_id_) partition->backlog().forget_until(until);
  }
  for (const auto& addition : additions) {
    if (addition.old.empty()) {
      addition.backlog->add(addition.extent);
    } else {
      addition.backlog->replace(addition.old, addition.extent);
    }
  }
  return {};
}

Result<void> Lane::apply_handoff_out(ByteReader in, const log::Slice& payload) {
  const LaneId to(in.u32());
  const auto number = in.u64();
  const Bytes bytes = in.rest();
  HandoffBody body;
  if (!in.ok() || !decode_handoff(bytes, body)) return malformed("hands a record over");
  auto& outbox = handoffs_.out[to];
  outbox.last_number = number;
  outbox.items.push_back(
      {.number = number, .body = {.chunk = payload.chunk, .bytes = bytes, .journal_id = payload.journal_id}});
  if (Partition* source = find(body.source)) source->handed_over(body);
  return {};
}

Result<void> Lane::apply_handoff_in(PartitionId partition, const log::Slice& payload, const RecordPayload* record) {
  ByteReader in(record != nullptr ? record->change : payload.bytes);
  const LaneId source(in.u32());
  const auto number = in.u64();
  const Time now = from_ms(in.i64());
  const auto how = in.u8();
  if (!in.ok()) return malformed("receives a record");
  observe(now);
  handoffs_.received[source] = number;
  if (record != nullptr) {
    Partition* target = find(partition);
    const auto note = in.string();
    if (target == nullptr || !in.done()) return malformed("receives a record");
    target->accept_handoff(
        {.seq = record->seq,
         .record = {.chunk = payload.chunk, .bytes = record->record, .journal_id = payload.journal_id},
         .note = note,
         .returned = how != 0,
         .now = now});
    return {};
  }
  if (how != 0) {
    const auto back_number = in.u64();
    auto& outbox = handoffs_.out[source];
    outbox.last_number = back_number;
    outbox.items.push_back({.number = back_number,
                            .body = {.chunk = payload.chunk, .bytes = in.rest(), .journal_id = payload.journal_id}});
  }
  return in.ok() ? Result<void>() : malformed("returns a record");
}

Result<void> Lane::apply_fan_out(const log::Slice& payload) {
  FanEntry fan;
  if (!decode_fan_entry(payload.bytes, fan)) return malformed("fans a record out");
  observe(fan.now);
  if (fan.number != 0) handoffs_.received[fan.from] = fan.number;
  if (fan.change_type != 0) {
    Partition* source = find(fan.source);
    if (source == nullptr) return malformed("fans a record out");
    source->apply({.type = fan.change_type, .payload = as_bytes(fan.change)});
  }
  const log::Slice record{.chunk = payload.chunk, .bytes = fan.record, .journal_id = payload.journal_id};
  std::vector<Partition*> targets(fan.local.size());
  std::ranges::transform(fan.local, targets.begin(), [this](const auto& local) { return find(local.partition); });
  if (std::ranges::find(targets, nullptr) != targets.end()) return malformed("fans a record out");
  for (std::size_t i = 0; i < targets.size(); ++i) {
    read_ahead(targets, i, std::identity());
    const auto& local = fan.local[i];
    targets[i]->accept_handoff({.seq = local.seq,
                                .record = record,
                                .head = as_bytes(local.head),
                                .note = local.note,
                                .returned = local.returned,
                                .now = fan.now});
  }
  for (const auto& remote : fan.remote) {
    auto& outbox = handoffs_.out[remote.lane];
    outbox.last_number = remote.number;
    HandoffItem item{.number = remote.number, .body = record, .parcel = true, .record = fan.record};
    item.body.bytes = as_bytes(remote.parcel);
    outbox.items.push_back(std::move(item));
  }
  return {};
}

Result<void> Lane::apply_handoff_acked(ByteReader in) {
  const LaneId to(in.u32());
  const auto through = in.u64();
  if (!in.done()) return malformed("ends a handoff");
  auto& items = handoffs_.out[to].items;
  while (!items.empty() && items.front().number <= through) items.pop_front();
  return {};
}

}  // namespace millrace::engine
