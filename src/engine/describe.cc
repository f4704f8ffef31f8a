#include "engine/describe.h"

#include <fmt/format.h>

#include "engine/backlog.h"
#include "engine/entry.h"
#include "engine/fan_out.h"
#include "engine/handoff.h"
#include "engine/segments.h"

namespace millrace::engine {
namespace {

std::string describe_handoff(Bytes bytes, std::uint8_t kind, const Words& words) {
  HandoffBody body;
  if (!decode_handoff(bytes, body)) return "an unreadable handoff";
  return fmt::format("{} from partition {} record {}{}: {}", body.target, body.source.get(), body.source_seq.get(),
                     body.returning ? ", returning" : "", words.record(kind, body.record));
}

// What is handed over are messages of queues, whatever partition 0 is.
constexpr std::uint8_t handed_kind = 1;

std::string describe_fan_out(Bytes payload, const Words& words) {
  FanEntry fan;
  if (!decode_fan_entry(payload, fan)) return "an unreadable fan-out";
  std::string told = fan.number == 0 ? fmt::format("fan-out of partition {}", fan.source.get())
                                     : fmt::format("parcel {} from lane {}", fan.number, fan.from.get());
  for (const auto& local : fan.local) {
    told += local.returned ? fmt::format("; came back to partition {}", local.partition.get())
                           : fmt::format("; partition {} record {}", local.partition.get(), local.seq.get());
  }
  for (const auto& remote : fan.remote) {
    Parcel parcel;
    if (!decode_parcel(as_bytes(remote.parcel), parcel)) return "an unreadable parcel";
    told +=
        fmt::format("; parcel {} to lane {}{}", remote.number, remote.lane.get(), parcel.returning ? " returning" : "");
    for (const auto& target : parcel.targets) told += fmt::format(" {}", target.key);
  }
  return told + ": " + words.record(handed_kind, fan.record);
}

std::string describe_own(EntryType type, Bytes payload, const Words& words) {
  ByteReader in(payload);
  switch (type) {
    case EntryType::create_partition: {
      const auto id = in.u32();
      const auto kind = in.u8();
      in.i64();
      return fmt::format("create partition {} of kind {}: {}", id, kind, in.string());
    }
    case EntryType::remove_partition: return fmt::format("remove partition {}", in.u32());
    case EntryType::settled: {
      const auto until = in.u64();
      const auto segment = in.u64();
      const auto bytes = in.varint();
      return fmt::format("settled into segment {:016x} ({} bytes, {} extents), journal through file {:016x}", segment,
                         bytes, in.varint(), until);
    }
    case EntryType::handoff_out: {
      const auto lane = in.u32();
      const auto number = in.u64();
      return fmt::format("handoff {} to lane {}: {}", number, lane, describe_handoff(in.rest(), handed_kind, words));
    }
    case EntryType::handoff_in: {
      const auto lane = in.u32();
      return fmt::format("handoff {} from lane {} did not find its target", in.u64(), lane);
    }
    case EntryType::handoff_acked: {
      const auto lane = in.u32();
      return fmt::format("handoffs to lane {} are done through {}", lane, in.u64());
    }
    case EntryType::fan_out: return describe_fan_out(payload, words);
    case EntryType::first_of_partition: break;
  }
  return fmt::format("entry type {}, unknown here", static_cast<int>(type));
}

}  // namespace

void Kinds::note_checkpoint(env::Core& core, std::string_view content) {
  ByteReader in(content);
  const auto version = in.u8();
  in.i64();
  in.u32();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    in.string();
    in.i64();
  }
  Segments segments(core, nullptr);
  HandoffState handoffs;
  if (!handoffs.load(in, version >= 3) || !segments.load(in)) return;
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    const PartitionId id(in.u32());
    const auto kind = in.u8();
    in.string();
    Backlog backlog(segments);
    if (!backlog.load_state(in, version >= 2)) return;
    in.string();
    if (in.ok()) kinds_[id] = kind;
  }
}

void Kinds::note_entry(std::uint16_t type, Bytes payload) {
  if (type != static_cast<std::uint16_t>(EntryType::create_partition)) return;
  ByteReader in(payload);
  const PartitionId id(in.u32());
  const auto kind = in.u8();
  if (in.ok()) kinds_[id] = kind;
}

std::uint8_t Kinds::of(PartitionId partition) const {
  const auto at = kinds_.find(partition);
  return at == kinds_.end() ? 0 : at->second;
}

std::string describe(std::uint16_t type, Bytes payload, std::uint8_t kind, const Words& words) {
  const auto base = static_cast<std::uint16_t>(type & ~carries_record);
  const bool own = base < static_cast<std::uint16_t>(EntryType::first_of_partition);
  if ((type & carries_record) == 0) {
    return own ? describe_own(static_cast<EntryType>(base), payload, words) : words.change(kind, base, payload);
  }
  RecordPayload parts;
  if (!read_record_payload(payload, parts)) return "an unreadable entry";
  const auto record = words.record(kind, parts.record);
  if (!own) return fmt::format("record {} {}: {}", parts.seq.get(), words.change(kind, base, parts.change), record);
  ByteReader in(parts.change);
  const auto lane = in.u32();
  return fmt::format("record {} by handoff {} from lane {}: {}", parts.seq.get(), in.u64(), lane, record);
}

}  // namespace millrace::engine
