// Handoff: the one way in which work moves from a partition to one on another lane, exactly once.
//
// The source lane journals `handoff_out`, which drops the record from its partition and keeps it in the outbox; once
// that is durable the batch goes to the destination's core. The destination journals `handoff_in` with the number,
// so that a repetition is known for one; once that is durable it acknowledges, and the source journals
// `handoff_acked`, which empties the outbox. After a restart the source sends again what is left in its outbox.
// Numbers ascend for each pair of lanes. A target that does not exist sends the record back to its source.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/ids.h"
#include "log/journal.h"

namespace millrace::engine {

// One handoff on its way, as journaled, shared with the journal's memory.
struct HandoffItem {
  std::uint64_t number = 0;
  log::Slice body;  // target, source, notes and record; of a fan-out the parcel (engine/fan_out.h)
  bool parcel = false;
  Bytes record;  // of a parcel; in the same chunk
};

struct HandoffBatch {
  LaneId source{};
  std::uint64_t after = 0;  // number of the unacknowledged item before the first of these; 0: there is none
  std::vector<HandoffItem> items;
};

// What a handoff says; views into the caller's memory or into an item's body.
struct HandoffBody {
  std::string_view target;  // key of the partition that receives the record
  PartitionId source{};
  RecordSeq source_seq{};        // dropped from the source when the handoff is applied there
  bool returning = false;        // the target did not exist: on its way back to `source`
  std::string_view note;         // for the receiving model
  std::string_view return_note;  // for the source's model, if the record comes back
  Bytes record;
};

std::string encode_handoff(const HandoffBody& handoff);
bool decode_handoff(Bytes body, HandoffBody& out);

// Bytes in memory of their own, one after the other, for what outlives its journal.
log::Slice copied(Bytes bytes, Bytes more = {});

struct HandoffState {
  struct Outbox {
    std::uint64_t last_number = 0;
    std::deque<HandoffItem> items;  // unacknowledged, ascending
    // Live only. What is durable may be sent; what was sent is sent again when no answer comes.
    std::uint64_t durable_through = 0;
    std::uint64_t sent_through = 0;
    bool waits = false;  // for what was last to become durable
  };
  std::map<LaneId, Outbox> out;
  std::map<LaneId, std::uint64_t> received;  // highest number applied, by source

  void save(ByteWriter& out_bytes) const;
  // `parcels`: the checkpoint says which items are parcels (from version 3 on).
  Result<void> load(ByteReader& in, bool parcels);
};

}  // namespace millrace::engine
