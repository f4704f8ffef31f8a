// CursorReader: gives a queue the records at its cursor, wherever they are: the journal's window is in memory, segments
// are read block by block, one block ahead. Live only.
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/callback.h"
#include "base/result.h"
#include "broker/queue/types.h"
#include "broker/record_ref.h"
#include "engine/backlog.h"

namespace millrace::broker {

class CursorReader {
 public:
  explicit CursorReader(const engine::Backlog& backlog) : backlog_(backlog), alive_(std::make_shared<int>()) {}

  enum class State { found, end, absent };
  // The first record at or after `from`: found; or there is none: end; or it must be read first: absent, see load().
  State at(Seq from, RecordRef& record);
  // Reads what at() found absent; `done` runs later, on the core. One load at a time: a second call only adds `done`.
  void load(Callback<void(Result<void>)> done);
  bool loading() const { return loading_; }
  // Forgets what was read (the queue was purged).
  void clear();

 private:
  void start_load(Seq from);
  void read_ahead();

  const engine::Backlog& backlog_;
  // Neighbouring blocks: between covered_from_ and the last record of the last block nothing is missing.
  std::deque<engine::BlockPtr> blocks_;
  Seq covered_from_{};
  Seq wanted_{};
  bool loading_ = false;
  std::vector<Callback<void(Result<void>)>> waiting_;
  std::shared_ptr<int> alive_;
};

}  // namespace millrace::broker
