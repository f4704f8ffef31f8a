// A stored record and what keeps its bytes alive.
#pragma once
#include <memory>

#include "base/bytes.h"
#include "engine/backlog.h"

namespace millrace::broker {

struct RecordRef {
  engine::RecordSeq seq{};
  Bytes bytes;
  std::shared_ptr<const void> keep;
};

// What stands at a place of a backlog's tail: as it is, or put together where it has a head of its own.
RecordRef record_at(const engine::Backlog::Place& place);

}  // namespace millrace::broker
