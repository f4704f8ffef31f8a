// Tables: the tables of an account in a region, as one visit to their lane sees them. They live in one broker::Table, so
// that a write of several items is atomic. On the lane's core, for the length of one turn.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/schema.h"
#include "aws/dynamodb/value.h"
#include "broker/table/table_visit.h"
#include "engine/lane.h"

namespace millrace::aws::dynamodb {

using Writes = std::vector<broker::TableWrite>;

class Tables {
 public:
  // Nothing is made before the first write.
  Tables(engine::Lane& lane, const std::string& key) : all_(lane, key) {}

  Time now() { return all_.lane().now(); }
  const broker::Table::Entries& entries() const { return all_.entries(); }

  std::optional<TableSchema> find(std::string_view name) const;
  // ResourceNotFoundException when it is not there.
  Outcome<TableSchema> require(std::string_view name) const;
  // `place` is place_of() the table's keys.
  std::optional<Attributes> item(const TableSchema& table, std::string_view place) const;

  // As TableVisit::write(): all of it or nothing when it fits into one step, as a transaction of items always does.
  Outcome<void> write(const Writes& writes);
  // The table with other settings.
  Outcome<void> keep(const TableSchema& table);
  // The same, with `entries` for indexes that are new in `after`. What a stop in between leaves of them has the number of no
  // index, now or later.
  Outcome<void> keep(TableSchema before, const TableSchema& after, const Writes& entries);
  // Erases all entries with a prefix.
  Outcome<void> erase(std::string_view prefix);

 private:
  broker::TableVisit all_;
};

// Adds what makes `after` of `before`, in the table and in its indexes; null: there is no such item.
void add_writes(const TableSchema& table, const std::string& place, const Attributes* before, const Attributes* after,
                Writes& writes);
// The entry of an item in an index, if it is in it.
std::optional<broker::TableWrite> index_write(const TableSchema& table, const IndexSchema& index,
                                              const std::string& place, const Attributes& item);
void add_schema(const TableSchema& table, Writes& writes);

}  // namespace millrace::aws::dynamodb
