// Backlog: the records of one partition, in the order of their positions: the older ones in segments, the newer ones
// in the journal's window, which is in memory.
//
//        extents (in segments, on disk)                      tail (in journal files, in memory)
//   |--- 1..900 ---|--- 901..1500 ---|   ...   |-- first_tail .. next-1 --|  <- push
//
// The tail has a place for every record from first_tail on; a dropped record leaves an empty place. A record may span
// several positions (a stream's batch): it stands at the last of them, so that "the first record at or after" a position
// is the one that holds it, here and in segments alike. An extent knows only how many of its records are still wanted:
// which ones is the partition's to know (Partition::live).
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/result.h"
#include "engine/ids.h"
#include "engine/segments.h"
#include "log/journal.h"

namespace millrace::engine {

// A run of records of one partition in one segment.
struct Extent {
  std::uint64_t segment = 0;
  std::uint32_t index = 0;  // among the segment's extents
  RecordSeq first{};
  RecordSeq last{};
  std::uint64_t count = 0;  // records stored
  std::uint64_t live = 0;   // records still wanted, at least 1
  std::uint64_t bytes = 0;  // on disk
};

class Backlog {
 public:
  explicit Backlog(Segments& segments) : segments_(segments) {}
  ~Backlog();
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // The position that the next record gets.
  RecordSeq next() const { return next_; }
  // Positions below this one are in segments or gone.
  RecordSeq first_tail() const { return first_tail_; }

  // `seq` must be next(), or above it for a record that spans the positions from next() on. `head`, in the same chunk, comes
  // before the record and is a part of it.
  void push(RecordSeq seq, log::Slice record, Bytes head = {});
  void read_ahead_end() const {
    if (!tail_.empty()) prefetch_memory(&tail_.back() + 1, sizeof(Place));
  }
  // The record is no longer wanted. Once per record.
  void drop(RecordSeq seq);
  // Nothing below `end` is wanted any more.
  void drop_below(RecordSeq end);
  // The same, but of an extent that `end` lies in everything stays.
  void trim_below(RecordSeq end);

  // A record of the tail and where it stands.
  struct Place {
    RecordSeq seq{};
    log::Slice record;  // empty: dropped
    Bytes head;         // what comes before it; nearly always empty
  };
  // The record at `seq`, or that spans it, if it is in memory; null when it is in a segment or dropped.
  const Place* in_memory(RecordSeq seq) const {
    if (seq < first_tail_ || seq >= next_) return nullptr;
    const auto& place = tail_[place_of(seq)];
    return place.record.chunk ? &place : nullptr;
  }
  // The places of the tail, and the index of the one that holds `seq` (of the first, if it is below the tail; their number
  // if it is above).
  const std::deque<Place>& tail() const { return tail_; }
  std::size_t place_of(RecordSeq seq) const;
  // The first position at or after `from` that may hold a record: skips gaps between extents. next() when there is none.
  RecordSeq first_stored(RecordSeq from) const;
  // Reads the block that holds the first stored record at or after `from`, which must lie in an extent.
  void load(RecordSeq from, Segments::Access access, Callback<void(Result<BlockPtr>)> done) const;

  const std::vector<Extent>& extents() const { return extents_; }

  // --- settling (Maintenance) ---
  // Visits the live records of the tail that stand in journal files up to `journal_id`.
  void for_each_until(std::uint64_t journal_id, const std::function<void(const Place&)>& visit) const;
  // The oldest journal file that the tail needs; UINT64_MAX when it needs none.
  std::uint64_t oldest_journal() const;
  // apply(settled): forgets the tail up to `journal_id`.
  void forget_until(std::uint64_t journal_id);
  // apply(settled): a new extent behind the others.
  void add(const Extent& extent);
  // apply(settled): `by` takes the place of neighbouring extents, of which at least one is still there.
  using ExtentNames = std::vector<std::pair<std::uint64_t, std::uint32_t>>;  // segment, index
  void replace(const ExtentNames& old, const Extent& by);
  // Records still wanted: of the tail between two positions, and of those of the named extents that are still there.
  std::uint64_t live_in_memory(RecordSeq first, RecordSeq last) const;
  std::uint64_t live_in(const ExtentNames& names) const;

  // --- checkpoint ---
  void save(ByteWriter& out) const;
  // `positions`: the checkpoint says where the tail's places stand (from version 2 on).
  Result<void> load_state(ByteReader& in, bool positions);
  // At recovery: the journal holds the record of a tail position that the checkpoint knows to be live.
  void relink(RecordSeq seq, const log::Slice& record, Bytes head = {});
  // At recovery: every live place of the tail must have found its record. Names the first that did not.
  Result<void> complete();

 private:
  std::vector<Extent>::const_iterator extent_at(RecordSeq from) const;
  std::vector<Extent>::iterator find_extent(std::uint64_t segment, std::uint32_t index);
  void drop_tail_below(RecordSeq end);
  void trim_tail();
  void pop_place();

  Segments& segments_;
  std::vector<Extent> extents_;  // ascending, disjoint
  RecordSeq first_tail_{1};
  RecordSeq next_{1};
  std::deque<Place> tail_;
  std::vector<bool> awaited_;  // recovery only: places whose record has not been read yet
};

}  // namespace millrace::engine
