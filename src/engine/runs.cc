#include "engine/runs.h"

#include <string>
#include <unordered_map>

#include "base/prefetch.h"

namespace millrace::engine {
namespace {

constexpr std::size_t heads_ahead = 8;

// The bytes that more than one record has, by where they stand in memory.
class Shared {
 public:
  explicit Shared(const std::vector<Run>& runs) {
    for (const auto& run : runs) {
      for (const auto& record : run.records) {
        if (!record.head.empty() && !record.bytes.empty()) ++bodies_[record.bytes.data()].uses;
      }
    }
  }

  // In the order in which the runs come to them, so that who reads a run reads the bodies forwards.
  Result<void> write(log::SegmentWriter& to, const std::vector<Run>& runs) {
    std::uint64_t number = 0;
    for (const auto& run : runs) {
      for (const auto& record : run.records) {
        Body* const body = find(record);
        if (body == nullptr || body->uses == 1 || body->number != 0) continue;
        if (auto ok = to.add_body(record.bytes); !ok) return ok;
        body->number = ++number;
      }
    }
    return {};
  }

  // 0: it is this record's alone.
  std::uint64_t number(const Run::Record& record) {
    const Body* const body = find(record);
    return body == nullptr ? 0 : body->number;
  }

 private:
  struct Body {
    std::uint64_t uses = 0;
    std::uint64_t number = 0;
  };
  Body* find(const Run::Record& record) {
    if (record.head.empty() || record.bytes.empty()) return nullptr;
    return &bodies_.find(record.bytes.data())->second;
  }

  std::unordered_map<const std::byte*, Body> bodies_;
};

Result<log::SegmentInfo> write_once(log::Store& store, std::uint64_t id, const std::vector<Run>& runs) {
  // One that was written but never journaled may be in the way.
  if (auto ok = store.remove(log::Kind::segment, id); !ok) return pass(ok);
  auto object = store.create(log::Kind::segment, id);
  if (!object) return pass(object);
  log::SegmentWriter writer(**object, id);
  Shared shared(runs);
  if (auto ok = shared.write(writer, runs); !ok) return pass(ok);
  std::string joined;
  for (const auto& run : runs) {
    if (auto ok = writer.begin_extent(run.partition); !ok) return pass(ok);
    for (std::size_t i = 0; i < run.records.size(); ++i) {
      // Heads of one queue are apart by whole publications in memory: each would be waited for.
      if (i + heads_ahead < run.records.size()) prefetch_memory(run.records[i + heads_ahead].head.data());
      const auto& record = run.records[i];
      Result<void> added;
      if (const auto body = shared.number(record); body != 0) {
        added = writer.add_shared(record.seq.get(), 0, record.head, body, record.bytes.size());
      } else if (!record.head.empty()) {
        joined.assign(as_text(record.head)).append(as_text(record.bytes));
        added = writer.add(record.seq.get(), 0, as_bytes(joined));
      } else {
        added = writer.add(record.seq.get(), 0, record.bytes);
      }
      if (!added) return pass(added);
    }
  }
  return writer.finish();
}

}  // namespace

Result<log::SegmentInfo> write_segment(log::Store& store, std::uint64_t id, const std::vector<Run>& runs) {
  auto written = write_once(store, id, runs);
  if (written || written.error().code != ErrorCode::disk_full) return written;
  if (auto freed = store.release_reserve(); !freed) return pass(freed);
  return write_once(store, id, runs);
}

}  // namespace millrace::engine
