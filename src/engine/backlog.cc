#include "engine/backlog.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace millrace::engine {

Backlog::~Backlog() = default;

void Backlog::push(RecordSeq seq, log::Slice record) {
  check(seq == next(), "records are numbered without gaps");
  check(record.chunk != nullptr && awaited_.empty());
  tail_.push_back(std::move(record));
}

void Backlog::drop(RecordSeq seq) {
  if (seq >= first_tail_) {
    check(seq < next());
    const auto place = static_cast<std::size_t>(seq.get() - first_tail_.get());
    tail_[place] = {};
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
  for (auto seq = first_tail_; seq < end; ++seq) {
    const auto place = static_cast<std::size_t>(seq.get() - first_tail_.get());
    tail_[place] = {};
  }
  trim_tail();
}

// Dropped places at the front need not be kept.
void Backlog::trim_tail() {
  check(awaited_.empty(), "records are dropped once recovery has found them all");
  while (!tail_.empty() && !tail_.front().chunk) {
    tail_.pop_front();
    ++first_tail_;
  }
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

void Backlog::for_each_until(std::uint64_t journal_id,
                             const std::function<void(RecordSeq, const log::Slice&)>& visit) const {
  RecordSeq seq = first_tail_;
  for (const auto& slice : tail_) {
    if (slice.chunk) {
      if (slice.journal_id > journal_id) return;
      visit(seq, slice);
    }
    ++seq;
  }
}

std::uint64_t Backlog::oldest_journal() const {
  // The front place is live, or the tail is empty: see trim_tail().
  return tail_.empty() ? std::numeric_limits<std::uint64_t>::max() : tail_.front().journal_id;
}

void Backlog::forget_until(std::uint64_t journal_id) {
  while (!tail_.empty() && (!tail_.front().chunk || tail_.front().journal_id <= journal_id)) {
    tail_.pop_front();
    ++first_tail_;
  }
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
  for (auto seq = std::max(first, first_tail_); seq <= last && seq < next(); ++seq) {
    live += in_memory(seq) != nullptr ? 1 : 0;
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
  // Runs of live and dropped places in turn, a run of live ones first.
  bool live = true;
  std::uint64_t run = 0;
  for (const auto& slice : tail_) {
    if ((slice.chunk != nullptr) != live) {
      out.varint(run);
      run = 0;
      live = !live;
    }
    ++run;
  }
  out.varint(run);
}

Result<void> Backlog::load_state(ByteReader& in) {
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
  tail_.clear();
  awaited_.clear();
  bool live = true;
  do {
    const auto run = in.varint();
    if (!in.ok() || run > places - tail_.size())
      return fail(ErrorCode::damaged, "a backlog in the checkpoint is cut short");
    tail_.resize(tail_.size() + static_cast<std::size_t>(run));
    awaited_.resize(tail_.size(), live);
    live = !live;
  } while (tail_.size() < places);
  return {};
}

void Backlog::relink(RecordSeq seq, const log::Slice& record) {
  if (seq < first_tail_ || seq >= next()) return;
  const auto place = static_cast<std::size_t>(seq.get() - first_tail_.get());
  if (place >= awaited_.size() || !awaited_[place]) return;
  tail_[place] = record;
  awaited_[place] = false;
}

Result<void> Backlog::complete() {
  const auto missing = std::ranges::find(awaited_, true);
  if (missing != awaited_.end()) {
    return fail(ErrorCode::damaged,
                "the journal does not hold record " +
                    std::to_string(first_tail_.get() + static_cast<std::uint64_t>(missing - awaited_.begin())) +
                    ", which the checkpoint needs");
  }
  awaited_.clear();
  awaited_.shrink_to_fit();
  trim_tail();
  return {};
}

}  // namespace millrace::engine
