// Fan-out: one record for many partitions on any lanes, each exactly once, written once in the journal of each lane.
//
// The source journals one entry. It holds the record, the targets on its own lane, which have the record with that entry,
// and a parcel for every other lane that names the targets there. A parcel travels as a handoff does (handoff.h): it is in
// the outbox until the other lane, which journals an entry of the same form, acknowledges it. Targets that do not exist
// go back to the source partition, which hears of each in accept_handoff().
//
// What differs between targets is small and comes before the record: `head`. A target's record is its head and the shared
// bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "engine/ids.h"

namespace millrace::engine {

class Partition;

// Where the partition with some key is.
struct Place {
  LaneId lane{};
  Partition* here = nullptr;  // null if it is on another lane, or does not exist
};

struct FanTarget {
  Place place;            // as the source's lane sees it
  std::string_view key;   // not looked at when the target is here
  std::string_view note;  // for the receiving model, and for the source's if the target does not exist
  std::string_view head;
};

struct FanOut {
  PartitionId source{};
  std::uint16_t change_type = 0;  // a change of the source that belongs to the fan-out, atomically; 0: none
  std::string_view change;
  Bytes record;
  std::span<const FanTarget> targets;  // distinct keys
};

// Targets on one other lane.
struct Parcel {
  struct Target {
    std::string_view key;  // empty when returning
    std::string_view note;
    std::string_view head;
  };
  PartitionId source{};    // on the lane that fanned out
  bool returning = false;  // the targets did not exist: on their way back to `source`
  std::vector<Target> targets;
};

std::string encode_parcel(const Parcel& parcel);
bool decode_parcel(Bytes bytes, Parcel& parcel);

// The entry, as it stands in a journal; views into it.
struct FanEntry {
  struct Local {
    PartitionId partition{};
    RecordSeq seq{};
    bool returned = false;
    std::string_view note;
    std::string_view head;
  };
  struct Remote {
    LaneId lane{};
    std::uint64_t number = 0;
    std::string_view parcel;
  };
  LaneId from{};
  std::uint64_t number = 0;  // of the parcel that this entry receives; 0: it is the source's own
  Time now{};
  PartitionId source{};
  std::uint16_t change_type = 0;
  std::string_view change;
  std::vector<Local> local;
  std::vector<Remote> remote;
  Bytes record;
};

std::string encode_fan_entry(const FanEntry& entry);
// Views into `bytes`. False when they are no such entry.
bool decode_fan_entry(Bytes bytes, FanEntry& entry);

}  // namespace millrace::engine
