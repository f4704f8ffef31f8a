#include "broker/queue/reader.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::broker {

CursorReader::State CursorReader::at(Seq from, RecordRef& record) {
  if (backlog_.first_stored(from) < backlog_.first_tail()) {
    if (from < covered_from_) blocks_.clear();
    while (!blocks_.empty() && blocks_.front()->records.back().seq < from.get()) blocks_.pop_front();
    if (blocks_.empty()) {
      wanted_ = from;
      return State::absent;
    }
    const auto& block = blocks_.front();
    const auto found = std::ranges::lower_bound(block->records, from.get(), {}, &log::Record::seq);
    record = {.seq = Seq(found->seq), .bytes = found->bytes, .keep = block};
    if (blocks_.size() == 1) read_ahead();
    return State::found;
  }
  blocks_.clear();
  for (auto seq = std::max(from, backlog_.first_tail()); seq < backlog_.next(); ++seq) {
    if (const auto* place = backlog_.in_memory(seq)) {
      record = record_at(*place);
      return State::found;
    }
  }
  return State::end;
}

void CursorReader::load(Callback<void(Result<void>)> done) {
  waiting_.push_back(std::move(done));
  if (!loading_) start_load(wanted_);
}

void CursorReader::read_ahead() {
  const Seq next(blocks_.back()->records.back().seq + 1);
  if (!loading_ && backlog_.first_stored(next) < backlog_.first_tail()) start_load(next);
}

void CursorReader::start_load(Seq from) {
  loading_ = true;
  backlog_.load(backlog_.first_stored(from), engine::Segments::Access::sequential,
                [this, from, alive = std::weak_ptr(alive_)](Result<engine::BlockPtr> block) {
                  if (alive.expired()) return;
                  loading_ = false;
                  if (block) {
                    if (blocks_.empty()) covered_from_ = from;
                    const bool follows = blocks_.empty() || blocks_.back()->records.back().seq < from.get();
                    if (follows) blocks_.push_back(std::move(*block));
                  }
                  auto waiting = std::exchange(waiting_, {});
                  for (auto& done : waiting) done(block ? Result<void>() : std::unexpected(block.error()));
                });
}

void CursorReader::clear() {
  blocks_.clear();
  covered_from_ = {};
  loading_ = false;
  alive_ = std::make_shared<int>();
  // Whoever waits looks again and finds the queue as it is now.
  auto waiting = std::exchange(waiting_, {});
  for (auto& done : waiting) done({});
}

}  // namespace millrace::broker
