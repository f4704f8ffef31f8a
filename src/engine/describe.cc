#include "engine/describe.h"

#include <fmt/format.h>

#include "engine/entry.h"
#include "engine/handoff.h"

namespace millrace::engine {
namespace {

std::string describe_handoff(Bytes bytes, const DescribeRecord& record) {
  HandoffBody body;
  if (!decode_handoff(bytes, body)) return "an unreadable handoff";
  return fmt::format("{} from partition {} record {}{}: {}", body.target, body.source.get(), body.source_seq.get(),
                     body.returning ? ", returning" : "", record(body.record));
}

std::string describe_own(EntryType type, Bytes payload, const DescribeRecord& record) {
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
      return fmt::format("handoff {} to lane {}: {}", number, lane, describe_handoff(in.rest(), record));
    }
    case EntryType::handoff_in: {
      const auto lane = in.u32();
      return fmt::format("handoff {} from lane {} did not find its target", in.u64(), lane);
    }
    case EntryType::handoff_acked: {
      const auto lane = in.u32();
      return fmt::format("handoffs to lane {} are done through {}", lane, in.u64());
    }
    case EntryType::first_of_partition: break;
  }
  return fmt::format("entry type {}, unknown here", static_cast<int>(type));
}

}  // namespace

std::string describe(std::uint16_t type, Bytes payload, const DescribeChange& change, const DescribeRecord& record) {
  const auto base = static_cast<std::uint16_t>(type & ~carries_record);
  const bool own = base < static_cast<std::uint16_t>(EntryType::first_of_partition);
  if ((type & carries_record) == 0) {
    return own ? describe_own(static_cast<EntryType>(base), payload, record) : change(base, payload);
  }
  RecordPayload parts;
  if (!read_record_payload(payload, parts)) return "an unreadable entry";
  if (!own) return fmt::format("record {} {}: {}", parts.seq.get(), change(base, parts.change), record(parts.record));
  ByteReader in(parts.change);
  const auto lane = in.u32();
  return fmt::format("record {} by handoff {} from lane {}: {}", parts.seq.get(), in.u64(), lane, record(parts.record));
}

}  // namespace millrace::engine
