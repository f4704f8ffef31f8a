// Table: a small ordered map from keys to values, changed atomically and kept in memory whole. It holds what services
// must remember about themselves (the catalog of streams, registered consumers) and the items of coordination tables.
//
// One journal entry carries all the writes of a step, so they happen together or not at all; a checkpoint carries the
// whole table. Meant for thousands of entries: bytes_max bounds it. Keys and values are bytes that the door understands.
//
// Owned by its lane; used on the lane's core only. It is rebuilt from disk when the lane recovers after a failed write, so
// nobody keeps a pointer to it, or to its entries, across callbacks: find it again by key. A change is visible to the
// next verb at once; a caller answers its client only after Lane::when_durable, for reads too.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/partition.h"

namespace millrace::broker {

// One write of a step; without a value the entry is erased (no effect when it is not there).
struct TableWrite {
  std::string key;
  std::optional<std::string> value;
};
bool only_erases(std::span<const TableWrite> writes);

class Table final : public engine::Partition {
 public:
  static constexpr std::uint8_t kind = 3;  // in the lane's directory
  // Of keys and values together; a table beyond it takes only what makes it smaller.
  static constexpr std::uint64_t bytes_max = 256ull << 20;
  // Of one step; it is one journal entry.
  static constexpr std::uint64_t write_bytes_max = 8ull << 20;
  // Of one that takes several steps and does not only erase: they are under way together.
  static constexpr std::uint64_t steps_bytes_max = 64ull << 20;

  using Entries = std::map<std::string, std::string, std::less<>>;

  Table(engine::Lane& lane, engine::PartitionId id, std::string key);
  ~Table() override;

  const Entries& entries() const { return entries_; }
  // Null when there is none.
  const std::string* find(std::string_view key) const;
  std::uint64_t bytes() const { return bytes_; }

  // All of it, or nothing: over_limit beyond bytes_max or write_bytes_max; disk_full or unavailable when the lane takes
  // nothing new (erasures alone are always taken). When a key occurs twice the last write counts.
  Result<void> write(std::span<const TableWrite> writes);
  // The same up to steps_bytes_max, in as many steps as it takes, in this order. Each of them is there whole or not at all:
  // when the machine stops in between, the first ones stay. So every beginning of the writes must make sense, and all of
  // them once more must complete it. What is refused is refused whole.
  Result<void> write_in_steps(std::span<const TableWrite> writes);

  // engine::Partition
  void apply(const engine::Change& change) override;
  void accept_handoff(const engine::Arrival& arrival) override;
  void handed_over(const engine::HandoffBody& handoff) override;
  void save(ByteWriter& out) const override;
  Result<void> load(ByteReader& in) override;
  bool live(engine::RecordSeq seq) const override;

 private:
  std::uint64_t step_bytes_max();
  Result<void> check_size(std::uint64_t bytes, std::uint64_t bytes_most) const;
  Result<void> admit(std::span<const TableWrite> writes);
  Result<void> check_room(std::span<const TableWrite> writes) const;
  void append(std::span<const TableWrite> writes);
  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);

  Entries entries_;
  std::uint64_t bytes_ = 0;
};

// The table of this key; null when there is none (or something else has the key).
Table* find_table(engine::Lane& lane, std::string_view key);
// The table of this key, created empty if there is none. Null when something else has the key.
Table* open_table(engine::Lane& lane, const std::string& key);

}  // namespace millrace::broker
