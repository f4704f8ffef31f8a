// TimeMarks: which offset belongs to which time, roughly, in little memory: a few marks, evenly apart in time.
//
// A mark says that the first record at or after its time has its offset. Made by apply() alone, so the same entries give
// the same marks.
#pragma once
#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/ids.h"

namespace millrace::broker {

class TimeMarks {
 public:
  static constexpr std::size_t marks_max = 256;
  static constexpr Duration interval_min{1000};

  // A batch whose first record has this offset came at this time. Neither goes back.
  void note(engine::RecordSeq offset, Time time);
  // Nothing below `first` can be read any more.
  void trim(engine::RecordSeq first);
  // An offset whose record, and every one before it, came at or before `time`: a place to begin looking for the first one
  // at or after it. `otherwise` when no mark is that old.
  engine::RecordSeq before(Time time, engine::RecordSeq otherwise) const;

  std::size_t size() const { return marks_.size(); }
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);
  bool operator==(const TimeMarks&) const = default;

 private:
  struct Mark {
    engine::RecordSeq offset;
    Time time;
    bool operator==(const Mark&) const = default;
  };
  std::vector<Mark> marks_;  // ascending in both
  Duration interval_ = interval_min;
};

}  // namespace millrace::broker
