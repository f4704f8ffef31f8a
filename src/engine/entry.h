// Entry types: what a lane writes into its journal. The numbers are on disk and are never reused.
//
// An entry whose type has `carries_record` begins with a RecordHead; the record is the rest of its payload after the
// change's own bytes. The lane uses that to find records again at recovery without asking the partition's model.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "engine/ids.h"

namespace millrace::engine {

enum class EntryType : std::uint16_t {
  // The lane's own; their partition is lane_partition.
  create_partition = 1,  // docs/format/lane.md describes each payload
  remove_partition = 2,
  settled = 3,
  handoff_out = 4,
  handoff_in = 5,
  handoff_acked = 6,
  fan_out = 7,
  // From here on the partition's: 64 + n means what its model says.
  first_of_partition = 64,
};

constexpr std::uint16_t carries_record = 0x8000;

struct RecordHead {
  static constexpr std::size_t size = 12;
  RecordSeq seq;
  std::uint32_t change_bytes = 0;  // bytes between this head and the record
};

// A payload that carries a record, taken apart.
struct RecordPayload {
  RecordSeq seq;
  Bytes change;
  Bytes record;
};

inline void write_record_head(MutableBytes into, RecordHead head) {
  store_le<std::uint64_t>(into.data(), head.seq.get());
  store_le<std::uint32_t>(into.data() + 8, head.change_bytes);
}

// False when the payload is too short for what it says.
inline bool read_record_payload(Bytes payload, RecordPayload& out) {
  if (payload.size() < RecordHead::size) return false;
  const auto change_bytes = load_le<std::uint32_t>(payload.data() + 8);
  if (change_bytes > payload.size() - RecordHead::size) return false;
  out.seq = RecordSeq(load_le<std::uint64_t>(payload.data()));
  out.change = payload.subspan(RecordHead::size, change_bytes);
  out.record = payload.subspan(RecordHead::size + change_bytes);
  return true;
}

}  // namespace millrace::engine
