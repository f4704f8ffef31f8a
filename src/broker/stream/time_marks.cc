#include "broker/stream/time_marks.h"

#include <algorithm>

namespace millrace::broker {

void TimeMarks::note(engine::RecordSeq offset, Time time) {
  if (!marks_.empty() && time < marks_.back().time + interval_) return;
  if (marks_.size() == marks_max) {
    // Every second one stays, the first among them.
    for (std::size_t i = 1; 2 * i < marks_.size(); ++i) marks_[i] = marks_[2 * i];
    marks_.resize((marks_.size() + 1) / 2);
    interval_ *= 2;
    if (time < marks_.back().time + interval_) return;
  }
  marks_.push_back({offset, time});
}

void TimeMarks::trim(engine::RecordSeq first) {
  const auto kept = std::ranges::lower_bound(marks_, first, {}, &Mark::offset);
  marks_.erase(marks_.begin(), kept);
}

engine::RecordSeq TimeMarks::before(Time time, engine::RecordSeq otherwise) const {
  const auto after = std::ranges::upper_bound(marks_, time, {}, &Mark::time);
  return after == marks_.begin() ? otherwise : std::prev(after)->offset;
}

void TimeMarks::save(ByteWriter& out) const {
  out.varint(static_cast<std::uint64_t>(interval_.count()));
  out.varint(marks_.size());
  for (const auto& mark : marks_) {
    out.varint(mark.offset.get());
    out.i64(to_ms(mark.time));
  }
}

Result<void> TimeMarks::load(ByteReader& in) {
  interval_ = Duration(static_cast<std::int64_t>(in.varint()));
  marks_.clear();
  const auto count = in.varint();
  if (!in.ok() || count > marks_max || interval_ < interval_min) {
    return fail(ErrorCode::damaged, "the time marks of a stream cannot be read");
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    const engine::RecordSeq offset(in.varint());
    marks_.push_back({offset, from_ms(in.i64())});
  }
  if (!in.ok()) return fail(ErrorCode::damaged, "the time marks of a stream are cut short");
  return {};
}

}  // namespace millrace::broker
