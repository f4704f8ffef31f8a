#include "engine/backlog.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace millrace::engine {

Backlog::~Backlog() = default;

void Backlog::push(RecordSeq seq, log::Slice record, Bytes head) {
  check(seq >= next_, "records are numbered without gaps");
  check(record.chunk != nullptr && awaited_.empty());
  tail_.push_back({.seq = seq, .record = std::move(record), .head = head});
  next_ = seq.next();
}

std::size_t Backlog::place_of(RecordSeq seq) const {
  if (seq <= first_tail_) return 0;
  // Nearly always one position for each place.
  if (tail_.size() == next_.get() - first_tail_.get()) {
    return std::min(static_cast<std::size_t>(seq.get() - first_tail_.get()), tail_.size());
  }
  return static_cast<std::size_t>(std::ranges::lower_bound(tail_, seq, {}, &Place::seq) - tail_.begin());
}

void Backlog::drop(RecordSeq seq) {
  if (seq >= first_tail_) {
    check(seq < next_);
    tail_[place_of(seq)].record = {};
    trim_tail();
    return;
  }
  const auto at = extent_at(seq);
  check(at != extents_.end() && at->first <= seq, "a record is dropped once, and only if it was stored");
  const auto index = static_cast<std::size_t>(at - extents_.begin());
  segments_.lost(at->segment, 1);
  if (--extents_[index].live == 0) extents_.erase(extents_.begin() + static_cast<std::ptrdiff_t>(index));
}

void Backlog::drop_below(RecordSeq end) {
  check(end <= next());
  check(end >= first_tail_, "only whole extents are dropped at once");
  for (const auto& extent : extents_) segments_.lost(extent.segment, extent.live);
  extents_.clear();
  drop_tail_below(end);
}

void Backlog::trim_below(RecordSeq end) {
  check(end <= next());
  const auto kept = extent_at(end);
  for (auto at = extents_.begin(); at != kept; ++at) segments_.lost(at->segment, at->live);
  extents_.erase(extents_.begin(), kept);
  drop_tail_below(end);
}

void Backlog::drop_tail_below(RecordSeq end) {
  for (auto& place : tail_) {
    if (place.seq >= end) break;
    place.record = {};
  }
  trim_tail();
}

// Dropped places at the front need not be kept.
void Backlog::trim_tail() {
  check(awaited_.empty(), "records are dropped once recovery has found them all");
  while (!tail_.empty() && !tail_.front().record.chunk) pop_place();
}

void Backlog::pop_place() {
  first_tail_ = tail_.front().seq.next();
  tail_.pop_front();
}

std::vector<Extent>::const_iterator Backlog::extent_at(RecordSeq from) const {
  return std::ranges::lower_bound(extents_, from, {}, &Extent::last);
}

RecordSeq Backlog::first_stored(RecordSeq from) const {
  if (from >= first_tail_) return std::min(from, next());
  const auto at = extent_at(from);
  return at == extents_.end() ? first_tail_ : std::max(from, at->first);
}

void Backlog::load(RecordSeq from, Segments::Access access, Callback<void(Result<BlockPtr>)> done) const {
  const auto at = extent_at(from);
  check(at != extents_.end(), "only what lies in an extent is loaded");
  segments_.load_block(at->segment, at->index, from, access, std::move(done));
}

void Backlog::for_each_until(std::uint64_t journal_id, const std::function<void(const Place&)>& visit) const {
  for (const auto& place : tail_) {
    if (!place.record.chunk) continue;
    if (place.record.journal_id > journal_id) return;
    visit(place);
  }
}

std::uint64_t Backlog::oldest_journal() const {
  // The front place is live, or the tail is empty: see trim_tail().
  return tail_.empty() ? std::numeric_limits<std::uint64_t>::max() : tail_.front().record.journal_id;
}

void Backlog::forget_until(std::uint64_t journal_id) {
  while (!tail_.empty() && (!tail_.front().record.chunk || tail_.front().record.journal_id <= journal_id)) pop_place();
}

void Backlog::add(const Extent& extent) {
  check(extents_.empty() || extents_.back().last < extent.first, "extents ascend");
  extents_.push_back(extent);
}

void Backlog::replace(const ExtentNames& old, const Extent& by) {
  auto first = extents_.end();
  for (const auto& [segment, index] : old) {
    const auto at = find_extent(segment, index);
    if (at == extents_.end()) continue;
    segments_.lost(at->segment, at->live);
    first = extents_.erase(at);
  }
  check(by.live > 0 && (first == extents_.end() || by.last < first->first), "extents ascend");
  extents_.insert(first, by);
}

std::vector<Extent>::iterator Backlog::find_extent(std::uint64_t segment, std::uint32_t index) {
  return std::ranges::find_if(extents_,
                              [&](const Extent& extent) { return extent.segment == segment && extent.index == index; });
}

std::uint64_t Backlog::live_in_memory(RecordSeq first, RecordSeq last) const {
  std::uint64_t live = 0;
  for (auto at = place_of(first); at < tail_.size() && tail_[at].seq <= last; ++at) {
    live += tail_[at].record.chunk != nullptr ? 1 : 0;
  }
  return live;
}

std::uint64_t Backlog::live_in(const ExtentNames& names) const {
  std::uint64_t live = 0;
  for (const auto& extent : extents_) {
    if (std::ranges::find(names, std::pair(extent.segment, extent.index)) != names.end()) live += extent.live;
  }
  return live;
}

void Backlog::save(ByteWriter& out) const {
  out.varint(extents_.size());
  for (const auto& extent : extents_) {
    out.u64(extent.segment);
    out.varint(extent.index);
    out.varint(extent.first.get());
    out.varint(extent.last.get());
    out.varint(extent.count);
    out.varint(extent.live);
    out.varint(extent.bytes);
  }
  out.varint(first_tail_.get());
  out.varint(tail_.size());
  out.varint(next_.get());
  const bool dense = tail_.size() == next_.get() - first_tail_.get();
  if (!dense) {
    RecordSeq before(first_tail_.get() - 1);
    for (const auto& place : tail_) {
      out.varint(place.seq.get() - before.get());
      before = place.seq;
    }
  }
  // Runs of live and dropped places in turn, a run of live ones first.
  bool live = true;
  std::uint64_t run = 0;
  for (const auto& place : tail_) {
    if ((place.record.chunk != nullptr) != live) {
      out.varint(run);
      run = 0;
      live = !live;
    }
    ++run;
  }
  out.varint(run);
}

Result<void> Backlog::load_state(ByteReader& in, bool positions) {
  extents_.clear();
  for (auto left = in.varint(); left > 0 && in.ok(); --left) {
    Extent extent;
    extent.segment = in.u64();
    extent.index = static_cast<std::uint32_t>(in.varint());
    extent.first = RecordSeq(in.varint());
    extent.last = RecordSeq(in.varint());
    extent.count = in.varint();
    extent.live = in.varint();
    extent.bytes = in.varint();
    extents_.push_back(extent);
  }
  first_tail_ = RecordSeq(in.varint());
  const auto places = in.varint();
  next_ = positions ? RecordSeq(in.varint()) : RecordSeq(first_tail_.get() + places);
  const auto cut_short = [] { return fail(ErrorCode::damaged, "a backlog in the checkpoint is cut short"); };
  // A place takes no bytes of its own when they are dense, so their number is not bounded by what is left to read.
  if (!in.ok() || next_ < first_tail_ || places > next_.get() - first_tail_.get()) return cut_short();
  const bool dense = places == next_.get() - first_tail_.get();
  if (!dense && places > in.remaining()) return cut_short();
  std::vector<RecordSeq> at;
  RecordSeq before(first_tail_.get() - 1);
  for (std::uint64_t i = 0; !dense && i < places; ++i) {
    const auto step = in.varint();
    if (step == 0 || step >= next_.get() - before.get()) return cut_short();
    at.push_back(before = RecordSeq(before.get() + step));
  }
  // The last place is the newest record's.
  if (!dense && before.next() != next_) return cut_short();
  tail_.clear();
  awaited_.clear();
  bool live = true;
  do {
    const auto run = in.varint();
    if (!in.ok() || run > places - tail_.size()) return cut_short();
    for (std::uint64_t i = 0; i < run; ++i) {
      tail_.push_back({.seq = dense ? RecordSeq(first_tail_.get() + tail_.size()) : at[tail_.size()]});
    }
    awaited_.resize(tail_.size(), live);
    live = !live;
  } while (tail_.size() < places);
  return {};
}

void Backlog::relink(RecordSeq seq, const log::Slice& record, Bytes head) {
  if (seq < first_tail_ || seq >= next_) return;
  const auto place = place_of(seq);
  if (place >= awaited_.size() || !awaited_[place] || tail_[place].seq != seq) return;
  tail_[place].record = record;
  tail_[place].head = head;
  awaited_[place] = false;
}

Result<void> Backlog::complete() {
  const auto missing = std::ranges::find(awaited_, true);
  if (missing != awaited_.end()) {
    return fail(ErrorCode::damaged,
                "the journal does not hold record " +
                    std::to_string(tail_[static_cast<std::size_t>(missing - awaited_.begin())].seq.get()) +
                    ", which the checkpoint needs");
  }
  awaited_.clear();
  awaited_.shrink_to_fit();
  trim_tail();
  return {};
}

}  // namespace millrace::engine
