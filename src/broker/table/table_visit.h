// TableVisit: a table as one visit to its lane sees it. There need be none: it then has no entries, and the first write
// makes it.
//
// On the lane's core, for the length of one turn; not kept.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/table/table.h"
#include "engine/lane.h"

namespace millrace::broker {

class TableVisit {
 public:
  // The key outlives it, and nothing else than a table has it.
  TableVisit(engine::Lane& lane, const std::string& key) : lane_(lane), key_(key), table_(find_table(lane, key)) {}

  engine::Lane& lane() const { return lane_; }
  const Table::Entries& entries() const;
  // Null when there is none.
  const std::string* find(std::string_view key) const;
  // Adds what erases every entry whose key begins with `prefix`.
  void add_erasures(std::string_view prefix, std::vector<TableWrite>& writes) const;
  // As Table::write_in_steps().
  Result<void> write(std::span<const TableWrite> writes);

 private:
  engine::Lane& lane_;
  const std::string& key_;
  Table* table_;
};

}  // namespace millrace::broker
