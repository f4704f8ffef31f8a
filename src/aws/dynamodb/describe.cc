#include "aws/dynamodb/describe.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/keys.h"

namespace millrace::aws::dynamodb {
namespace {

namespace model = models::dynamodb;

constexpr std::string_view active = "ACTIVE";
// Warm throughput of a table that never asked for any.
constexpr Throughput warm_default{12'000, 4'000};

TableCounts::Part count_prefix(const Tables& tables, const std::string& prefix, const std::string& items) {
  TableCounts::Part part;
  const auto& entries = tables.entries();
  for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
    ++part.items;
    // The entry of an index holds the item's place in the table.
    const auto item = items.empty() ? at : entries.find(items + at->second);
    if (item != entries.end()) part.bytes += static_cast<std::int64_t>(stored_size(item->second));
  }
  return part;
}

std::vector<model::KeySchemaElement> key_schema(const KeySchema& keys) {
  std::vector<model::KeySchemaElement> out;
  out.push_back({keys.hash.name, "HASH"});
  if (keys.range) out.push_back({keys.range->name, "RANGE"});
  return out;
}

model::Projection projection(const IndexSchema& index) {
  model::Projection out;
  out.projection_type = index.projection == ProjectionType::all         ? "ALL"
                        : index.projection == ProjectionType::keys_only ? "KEYS_ONLY"
                                                                        : "INCLUDE";
  if (!index.attributes.empty()) out.non_key_attributes = index.attributes;
  return out;
}

model::ProvisionedThroughputDescription throughput(const Throughput& units) {
  model::ProvisionedThroughputDescription out;
  out.number_of_decreases_today = 0;
  out.read_capacity_units = units.read;
  out.write_capacity_units = units.write;
  return out;
}

std::optional<model::OnDemandThroughput> on_demand(const std::optional<Throughput>& limit) {
  if (!limit) return std::nullopt;
  model::OnDemandThroughput out;
  if (limit->read != 0) out.max_read_request_units = limit->read;
  if (limit->write != 0) out.max_write_request_units = limit->write;
  return out;
}

void add_index(const TableSchema& table, const IndexSchema& index, const TableCounts::Part& part,
               const std::string& arn, model::TableDescription& out) {
  const std::string index_arn = fmt::format("{}/index/{}", arn, index.name);
  if (!index.global) {
    auto& local = out.local_secondary_indexes.emplace_back();
    local.index_name = index.name;
    local.key_schema = key_schema(index.keys);
    local.projection = projection(index);
    local.index_size_bytes = part.bytes;
    local.item_count = part.items;
    local.index_arn = index_arn;
    return;
  }
  auto& global = out.global_secondary_indexes.emplace_back();
  global.index_name = index.name;
  global.key_schema = key_schema(index.keys);
  global.projection = projection(index);
  global.index_status = std::string(active);
  global.provisioned_throughput = throughput(table.on_demand ? Throughput{} : index.throughput);
  global.on_demand_throughput = on_demand(index.on_demand);
  global.index_size_bytes = part.bytes;
  global.item_count = part.items;
  global.index_arn = index_arn;
}

void add_settings(const TableSchema& table, const std::string& arn, model::TableDescription& out) {
  if (!table.stream_view.empty()) {
    auto& stream = out.stream_specification.emplace();
    stream.stream_enabled = true;
    stream.stream_view_type = table.stream_view;
    const auto ms = to_ms(table.stream_since);
    out.latest_stream_label =
        fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
    out.latest_stream_arn = fmt::format("{}/stream/{}", arn, *out.latest_stream_label);
  }
  if (table.kms) {
    auto& sse = out.sse_description.emplace();
    sse.status = "ENABLED";
    sse.sse_type = "KMS";
    sse.kms_master_key_arn = table.kms_key;
  }
  if (!table.table_class.empty()) out.table_class_summary.emplace().table_class = table.table_class;
  auto& warm = out.warm_throughput.emplace();
  warm.read_units_per_second = table.on_demand ? warm_default.read : table.throughput.read;
  warm.write_units_per_second = table.on_demand ? warm_default.write : table.throughput.write;
  warm.status = std::string(active);
}

}  // namespace

TableCounts count(const Tables& tables, const TableSchema& table) {
  TableCounts counts;
  const std::string items = items_prefix(table.number);
  counts.table = count_prefix(tables, items, {});
  for (const auto& index : table.indexes) {
    counts.indexes.push_back(count_prefix(tables, index_prefix(table.number, index.number), items));
  }
  return counts;
}

model::TableDescription describe(const TableSchema& table, const TableCounts& counts, std::string_view status,
                                 const Caller& caller) {
  model::TableDescription out;
  const std::string arn = table_arn(caller, table.name);
  for (const auto& key : table.definitions()) {
    out.attribute_definitions.push_back({key.name, std::string(name_of(key.type))});
  }
  out.table_name = table.name;
  out.key_schema = key_schema(table.keys);
  out.table_status = std::string(status);
  out.creation_date_time = table.created;
  out.table_size_bytes = counts.table.bytes;
  out.item_count = counts.table.items;
  out.table_arn = arn;
  out.table_id = table.id;
  out.provisioned_throughput = throughput(table.on_demand ? Throughput{} : table.throughput);
  if (table.throughput_raised != Time{}) out.provisioned_throughput->last_increase_date_time = table.throughput_raised;
  if (table.throughput_lowered != Time{}) {
    out.provisioned_throughput->last_decrease_date_time = table.throughput_lowered;
  }
  if (table.on_demand || table.on_demand_since != Time{}) {
    auto& billing = out.billing_mode_summary.emplace();
    billing.billing_mode = table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED";
    billing.last_update_to_pay_per_request_date_time = table.on_demand_since;
  }
  for (std::size_t i = 0; i < table.indexes.size(); ++i) {
    add_index(table, table.indexes[i], counts.indexes.at(i), arn, out);
  }
  out.on_demand_throughput = on_demand(table.on_demand_limit);
  out.deletion_protection_enabled = table.deletion_protected;
  add_settings(table, arn, out);
  return out;
}

}  // namespace millrace::aws::dynamodb
