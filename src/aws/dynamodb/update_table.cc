// UpdateTable: billing, throughput, indexes made and removed, stream, encryption, class, protection.
#include <fmt/format.h>

#include <algorithm>

#include "aws/dynamodb/describe.h"
#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/index_input.h"
#include "aws/dynamodb/item_codec.h"
#include "aws/dynamodb/settings.h"
#include "base/check.h"

namespace millrace::aws::dynamodb {
namespace {

Failure no_such_index(std::string_view name) {
  return {&errors::resource_not_found_exception,
          fmt::format("Requested resource not found: Index: {} not found", name)};
}

class UpdateTable final : public TableHandler<op::UpdateTable> {
 public:
  using TableHandler::TableHandler;

 private:
  Outcome<void> check_input() override {
    if (!in_.replica_updates.empty()) return refuse(not_offered("ReplicaUpdates"));
    if (!in_.global_table_witness_updates.empty()) return refuse(not_offered("GlobalTableWitnessUpdates"));
    if (!in_.vector_index_updates.empty()) return refuse(not_offered("VectorIndexUpdates"));
    if (in_.multi_region_consistency) return refuse(not_offered("MultiRegionConsistency"));
    const bool anything = in_.billing_mode || in_.provisioned_throughput ||
                          !in_.global_secondary_index_updates.empty() || in_.stream_specification ||
                          in_.sse_specification || in_.table_class || in_.deletion_protection_enabled ||
                          in_.on_demand_throughput || in_.warm_throughput;
    if (!anything) {
      return refuse(
          invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                  "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"));
    }
    auto definitions = read_definitions(in_.attribute_definitions);
    if (!definitions) return refuse(std::move(definitions.error()));
    definitions_ = std::move(*definitions);
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    auto table = tables.find(name_);
    if (!table) return refuse(no_such_table(name_));
    schema_ = *table;
    const Time now = tables.now();
    if (auto ok = update_billing(now); !ok) return ok;
    if (auto ok = update_settings(now); !ok) return ok;
    Writes made;
    std::vector<std::string> removed;
    for (const auto& update : in_.global_secondary_index_updates) {
      if (auto ok = update_index(tables, update, made, removed); !ok) return ok;
    }
    if (auto ok = check_indexes(schema_, limits()); !ok) return ok;
    if (auto ok = tables.keep(std::move(*table), schema_, made); !ok) return ok;
    for (const auto& prefix : removed) {
      if (auto ok = tables.erase(prefix); !ok) return ok;
    }
    counts_ = count(tables, schema_);
    return {};
  }

  Outcome<void> update_billing(Time now) {
    if (in_.billing_mode) {
      const bool on_demand = *in_.billing_mode == "PAY_PER_REQUEST";
      if (on_demand && !schema_.on_demand) schema_.on_demand_since = now;
      if (!on_demand && schema_.on_demand && !in_.provisioned_throughput) {
        return refuse(invalid_values("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"));
      }
      schema_.on_demand = on_demand;
    }
    if (in_.on_demand_throughput) schema_.on_demand_limit = read_limit(*in_.on_demand_throughput);
    if (!in_.provisioned_throughput) return {};
    if (schema_.on_demand) {
      return refuse(invalid_values(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"));
    }
    const Throughput wanted = read_throughput(*in_.provisioned_throughput);
    if (wanted == schema_.throughput && !in_.billing_mode && in_.global_secondary_index_updates.empty()) {
      return refuse(invalid(fmt::format(
          "The provisioned throughput for the table will not change. The requested value equals the current value. "
          "Current ReadCapacityUnits provisioned for the table: {}. Requested ReadCapacityUnits: {}. Current "
          "WriteCapacityUnits provisioned for the table: {}. Requested WriteCapacityUnits: {}. Refer to the Amazon "
          "DynamoDB Developer Guide for current limits and how to request higher limits.",
          schema_.throughput.read, wanted.read, schema_.throughput.write, wanted.write)));
    }
    const auto& had = schema_.throughput;
    if (wanted.read > had.read || wanted.write > had.write) schema_.throughput_raised = now;
    if (wanted.read < had.read || wanted.write < had.write) schema_.throughput_lowered = now;
    schema_.throughput = wanted;
    return {};
  }

  Outcome<void> update_settings(Time now) {
    if (in_.stream_specification) {
      const bool had = !schema_.stream_view.empty();
      if (had && in_.stream_specification->stream_enabled) {
        return refuse(invalid("Table already has an enabled stream: TableName: " + name_));
      }
      if (auto ok = set_stream(*in_.stream_specification, schema_); !ok) return ok;
      schema_.stream_since = now;
    }
    if (in_.sse_specification) {
      if (auto ok = set_encryption(*in_.sse_specification, schema_); !ok) return ok;
    }
    if (in_.table_class) schema_.table_class = *in_.table_class;
    if (in_.deletion_protection_enabled) schema_.deletion_protected = *in_.deletion_protection_enabled;
    return {};
  }

  Outcome<void> update_index(const Tables& tables, const models::dynamodb::GlobalSecondaryIndexUpdate& update,
                             Writes& made, std::vector<std::string>& removed) {
    if (int(update.create.has_value()) + int(update.update.has_value()) + int(update.delete_.has_value()) != 1) {
      return refuse(invalid_values(
          "One of GlobalSecondaryIndexUpdate's Create, Update and Delete must be specified, and only one"));
    }
    if (update.create) return create_index(tables, *update.create, made);
    const std::string& name = update.update ? update.update->index_name : update.delete_->index_name;
    const auto at = std::ranges::find(schema_.indexes, name, &IndexSchema::name);
    if (at == schema_.indexes.end() || !at->global) return refuse(no_such_index(name));
    if (update.delete_) {
      removed.push_back(index_prefix(schema_.number, at->number));
      schema_.indexes.erase(at);
      return {};
    }
    if (update.update->provisioned_throughput) at->throughput = read_throughput(*update.update->provisioned_throughput);
    if (update.update->on_demand_throughput) at->on_demand = read_limit(*update.update->on_demand_throughput);
    return {};
  }

  Outcome<void> create_index(const Tables& tables, const models::dynamodb::CreateGlobalSecondaryIndexAction& given,
                             Writes& made) {
    if (schema_.index(given.index_name) != nullptr) {
      return refuse(invalid(fmt::format("Attempting to create an index which already exists: {}", given.index_name)));
    }
    // Attributes of other keys need not be defined again, but must not be defined otherwise.
    Definitions definitions = definitions_;
    for (const auto& key : schema_.definitions()) {
      const auto [at, added] = definitions.emplace(key.name, key.type);
      if (!added && at->second != key.type) {
        return refuse(invalid_values(fmt::format("Attribute {} is defined with another type", key.name)));
      }
    }
    auto index = read_index(given, true, definitions);
    if (!index) return refuse(std::move(index.error()));
    if (!schema_.on_demand && index->throughput == Throughput{}) {
      return refuse(invalid_values(fmt::format("ProvisionedThroughput must be specified for index: {}", index->name)));
    }
    index->number = ++schema_.last_index;
    const std::string prefix = items_prefix(schema_.number);
    const auto& entries = tables.entries();
    for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
      const auto item = decode_item(at->second);
      check(item.has_value(), "a stored item is readable");
      auto write = index_write(schema_, *index, at->first.substr(prefix.size()), *item);
      if (write) made.push_back(std::move(*write));
    }
    schema_.indexes.push_back(std::move(*index));
    return {};
  }

  void complete(Call& call) override { out_.table_description = describe(schema_, counts_, "UPDATING", call.caller); }

  Definitions definitions_;
  TableSchema schema_;
  TableCounts counts_;
};

}  // namespace

ActionPtr make_handler(op::UpdateTable, DynamoDb& dynamodb) { return std::make_unique<UpdateTable>(dynamodb); }

}  // namespace millrace::aws::dynamodb
