// StreamState: what a stream partition is, made by its journal entries alone: the same entries always give the same state.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/stream/time_marks.h"
#include "engine/backlog.h"
#include "engine/partition.h"

namespace millrace::broker {

struct StreamConfig {
  Duration retention = std::chrono::hours(24);
  std::string properties;  // what only the door understands; opaque to the model
  bool operator==(const StreamConfig&) const = default;
};

// Numbers of the entries: docs/format/stream.md.
enum class StreamChange : std::uint16_t { configure = 64, append = 65, trim = 66, close = 67 };

struct StreamState {
  void apply(const engine::Change& change, engine::Backlog& backlog);
  void accept(const engine::Arrival& arrival, engine::Backlog& backlog);
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

  StreamConfig config;
  Time created{};
  Time latest{};  // of the last batch; Time{} before the first
  Time seen{};    // of the last entry that has a time
  // What is older had expired when the retention grew, and does not come back.
  Time expired{};
  bool closed = false;
  engine::RecordSeq first{1};  // what is below is not wanted any more
  TimeMarks marks;
};

// The payload of a configure entry.
std::string encode_configure(Time now, const StreamConfig& config);

}  // namespace millrace::broker
