// Claims: positions at or after a queue's cursor that the cursor must pass over, since their messages were taken out of
// line already (delayed ones, and those of quiet groups). Kept as disjoint runs, so that a burst costs one entry.
#pragma once
#include <map>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/queue/types.h"

namespace millrace::broker {

class Claims {
 public:
  // `seq` lies after every claim so far.
  void add(Seq seq);
  bool contains(Seq seq) const;
  // The first position at or after `seq` that is not claimed.
  Seq skip(Seq seq) const;
  // Claims below `seq` are not needed any more.
  void forget_below(Seq seq);
  void clear() { runs_.clear(); }
  bool empty() const { return runs_.empty(); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::map<Seq, Seq> runs_;  // first → one past the last
};

}  // namespace millrace::broker
