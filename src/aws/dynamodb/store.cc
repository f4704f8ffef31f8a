#include "aws/dynamodb/store.h"

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/keys.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

Failure failure_of_write(const Error& error) {
  if (error.code != ErrorCode::over_limit) return failure_of(error);
  return {&errors::limit_exceeded_exception, "The store of this account is full: " + error.message};
}

}  // namespace

std::optional<TableSchema> Tables::find(std::string_view name) const {
  const std::string* const value = all_.find(table_entry(name));
  if (value == nullptr) return std::nullopt;
  auto schema = decode_schema(*value);
  check(schema.has_value(), "a stored description of a table is readable");
  return schema;
}

Outcome<TableSchema> Tables::require(std::string_view name) const {
  auto schema = find(name);
  if (!schema) return refuse(no_such_resource());
  return std::move(*schema);
}

std::optional<Attributes> Tables::item(const TableSchema& table, std::string_view place) const {
  const std::string* const value = all_.find(items_prefix(table.number).append(place));
  if (value == nullptr) return std::nullopt;
  auto item = decode_item(*value);
  check(item.has_value(), "a stored item is readable");
  return item;
}

Outcome<void> Tables::write(const Writes& writes) {
  if (auto ok = all_.write(writes); !ok) return refuse(failure_of_write(ok.error()));
  return {};
}

Outcome<void> Tables::keep(const TableSchema& table) {
  Writes writes;
  add_schema(table, writes);
  return write(writes);
}

Outcome<void> Tables::keep(TableSchema before, const TableSchema& after, const Writes& entries) {
  if (entries.empty()) return keep(after);
  // The numbers are used up first, the indexes are there at last.
  before.last_index = after.last_index;
  Writes writes;
  add_schema(before, writes);
  writes.insert(writes.end(), entries.begin(), entries.end());
  add_schema(after, writes);
  return write(writes);
}

Outcome<void> Tables::erase(std::string_view prefix) {
  Writes writes;
  all_.add_erasures(prefix, writes);
  return write(writes);
}

std::optional<broker::TableWrite> index_write(const TableSchema& table, const IndexSchema& index,
                                              const std::string& place, const Attributes& item) {
  const auto there = place_of(index.keys, item);
  if (!there) return std::nullopt;
  return broker::TableWrite{index_prefix(table.number, index.number) + *there + place, place};
}

void add_writes(const TableSchema& table, const std::string& place, const Attributes* before, const Attributes* after,
                Writes& writes) {
  for (const auto& index : table.indexes) {
    auto old_entry = before != nullptr ? index_write(table, index, place, *before) : std::nullopt;
    auto new_entry = after != nullptr ? index_write(table, index, place, *after) : std::nullopt;
    if (old_entry && new_entry && old_entry->key == new_entry->key) continue;
    if (old_entry) writes.push_back({std::move(old_entry->key), std::nullopt});
    if (new_entry) writes.push_back(std::move(*new_entry));
  }
  auto key = items_prefix(table.number) + place;
  if (after != nullptr) {
    writes.push_back({std::move(key), encode_item(*after)});
  } else if (before != nullptr) {
    writes.push_back({std::move(key), std::nullopt});
  }
}

void add_schema(const TableSchema& table, Writes& writes) {
  writes.push_back({table_entry(table.name), encode_schema(table)});
}

}  // namespace millrace::aws::dynamodb
