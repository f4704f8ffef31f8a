// Verification and dump of one store, offline: for `millrace check` and `millrace dump`. Reads everything, changes
// nothing, and goes on after damage as far as the formats allow. Blocking.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "log/recover.h"
#include "log/segment.h"
#include "log/store.h"

namespace millrace::log {

struct Finding {
  std::string file;
  std::uint64_t offset = 0;
  std::string what;
};

// What upper layers want to see while a store is walked; empty members are not called. Only verified bytes are shown.
struct Visitor {
  Callback<void(const Head&)> head;
  Callback<void(std::uint64_t journal_id, std::uint64_t group, std::uint32_t entries)> group;
  Callback<void(const Entry&, const Slice&)> entry;
  Callback<void(std::uint64_t id, const std::string& content)> checkpoint;
  Callback<void(const SegmentInfo&)> segment;
  Callback<void(std::uint64_t segment_id, const Block&)> block;
};

struct Verified {
  std::vector<Finding> findings;  // empty: all is well
  std::optional<Head> head;
  std::uint64_t journals = 0;
  std::uint64_t groups = 0;
  std::uint64_t entries = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t segments = 0;
  std::uint64_t blocks = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;            // verified
  std::uint64_t torn_tail_bytes = 0;  // of an unfinished last group; not damage
  bool clean_end = false;             // the journal ends with a seal
};

// Walks head, journals from the head's first on, the head's checkpoint and all segments. Fails only when the store
// cannot be read at all; damage is in the findings.
Result<Verified> verify(Store& store, Visitor* visitor = nullptr);

}  // namespace millrace::log
