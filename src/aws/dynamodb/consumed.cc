#include "aws/dynamodb/consumed.h"

#include <algorithm>

namespace millrace::aws::dynamodb {
namespace {

constexpr std::size_t write_unit_bytes = 1 << 10;
constexpr std::size_t read_unit_bytes = 4 << 10;

double units(std::size_t bytes, std::size_t unit) {
  return static_cast<double>(std::max<std::size_t>(1, (bytes + unit - 1) / unit));
}

}  // namespace

void Usage::add_write(const std::string& table, std::size_t bytes) {
  const double consumed = units(bytes, write_unit_bytes) * (transaction_ ? 2 : 1);
  auto& of = tables_[table];
  of.all.write += consumed;
  of.table.write += consumed;
}

void Usage::add_index_write(const std::string& table, const IndexSchema& index, std::size_t bytes) {
  const double consumed = units(bytes, write_unit_bytes) * (transaction_ ? 2 : 1);
  auto& of = tables_[table];
  of.all.write += consumed;
  (index.global ? of.global : of.local)[index.name].write += consumed;
}

void Usage::add_read(const std::string& table, const IndexSchema* index, std::size_t bytes, bool consistent) {
  const double consumed = units(bytes, read_unit_bytes) * (transaction_ ? 2 : consistent ? 1 : 0.5);
  auto& of = tables_[table];
  of.all.read += consumed;
  Units& part = index == nullptr ? of.table : (index->global ? of.global : of.local)[index->name];
  part.read += consumed;
}

models::dynamodb::Capacity Usage::capacity(const Units& units) const {
  models::dynamodb::Capacity out;
  out.capacity_units = units.read + units.write;
  if (transaction_ && units.read > 0) out.read_capacity_units = units.read;
  if (transaction_ && units.write > 0) out.write_capacity_units = units.write;
  return out;
}

std::vector<models::dynamodb::ConsumedCapacity> Usage::report(const std::optional<std::string>& option) const {
  std::vector<models::dynamodb::ConsumedCapacity> out;
  if (!option || *option == "NONE") return out;
  for (const auto& [name, of] : tables_) {
    auto& consumed = out.emplace_back();
    consumed.table_name = name;
    const auto all = capacity(of.all);
    consumed.capacity_units = all.capacity_units;
    consumed.read_capacity_units = all.read_capacity_units;
    consumed.write_capacity_units = all.write_capacity_units;
    if (*option != "INDEXES") continue;
    consumed.table = capacity(of.table);
    for (const auto& [index, units] : of.global) {
      consumed.global_secondary_indexes.emplace_back(index, capacity(units));
    }
    for (const auto& [index, units] : of.local) consumed.local_secondary_indexes.emplace_back(index, capacity(units));
  }
  return out;
}

std::optional<models::dynamodb::ConsumedCapacity> Usage::report_one(const std::optional<std::string>& option) const {
  auto all = report(option);
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace millrace::aws::dynamodb
