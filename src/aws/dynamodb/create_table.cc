// CreateTable.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "aws/dynamodb/describe.h"
#include "aws/dynamodb/handlers.h"
#include "aws/dynamodb/index_input.h"
#include "aws/dynamodb/settings.h"
#include "aws/request_id.h"

namespace millrace::aws::dynamodb {
namespace {

class CreateTable final : public Handler<op::CreateTable> {
 public:
  using Handler::Handler;

 private:
  Outcome<void> prepare(Call& call) override {
    if (in_.table_name.starts_with("arn:")) {
      auto name = resolve_arn(in_.table_name, call.caller);
      if (!name) return refuse(std::move(name.error()));
      in_.table_name = std::move(*name);
    }
    if (auto ok = check_new_name(in_.table_name, "tableName"); !ok) return ok;
    if (!in_.vector_indexes.empty()) return refuse(not_offered("VectorIndexes"));
    if (in_.global_table_source_arn) return refuse(not_offered("GlobalTableSourceArn"));
    if (in_.resource_policy) return refuse(not_offered("ResourcePolicy"));
    schema_.name = in_.table_name;
    schema_.id = view(text_of(random_uuid(call.home)));
    if (auto ok = read_indexes(); !ok) return ok;
    if (auto ok = read_billing(); !ok) return ok;
    if (auto ok = read_settings(); !ok) return ok;
    return add_tags(in_.tags, limits(), schema_.tags);
  }

  Outcome<void> read_indexes() {
    auto definitions = read_definitions(in_.attribute_definitions);
    if (!definitions) return refuse(std::move(definitions.error()));
    if (in_.key_schema.empty()) {
      return refuse(
          invalid("1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
                  "Member must not be null"));
    }
    auto keys = read_keys(in_.key_schema, *definitions);
    if (!keys) return refuse(std::move(keys.error()));
    schema_.keys = std::move(*keys);
    for (const auto& given : in_.local_secondary_indexes) {
      auto index = read_index(given, false, *definitions);
      if (!index) return refuse(std::move(index.error()));
      if (!schema_.keys.range) {
        return refuse(
            invalid_values("Table KeySchema does not have a range key, which is required when specifying a "
                           "LocalSecondaryIndex"));
      }
      if (!index->keys.range || index->keys.hash != schema_.keys.hash) {
        return refuse(invalid_values(
            fmt::format("Index KeySchema does not have a range key, or its hash key is not that of the table, for "
                        "index: {}",
                        index->name)));
      }
      schema_.indexes.push_back(std::move(*index));
    }
    for (const auto& given : in_.global_secondary_indexes) {
      auto index = read_index(given, true, *definitions);
      if (!index) return refuse(std::move(index.error()));
      schema_.indexes.push_back(std::move(*index));
    }
    for (auto& index : schema_.indexes) index.number = ++schema_.last_index;
    if (auto ok = check_indexes(schema_, limits()); !ok) return ok;
    if (schema_.definitions().size() != definitions->size()) {
      return refuse(
          invalid_values("Number of attributes in KeySchema does not exactly match number of attributes "
                         "defined in AttributeDefinitions"));
    }
    return {};
  }

  Outcome<void> read_billing() {
    schema_.on_demand = in_.billing_mode == "PAY_PER_REQUEST";
    if (in_.on_demand_throughput) schema_.on_demand_limit = read_limit(*in_.on_demand_throughput);
    if (schema_.on_demand) {
      if (!in_.provisioned_throughput) return {};
      return refuse(invalid_values(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"));
    }
    if (!in_.provisioned_throughput) {
      return refuse(
          invalid_values("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode "
                         "is PROVISIONED"));
    }
    schema_.throughput = read_throughput(*in_.provisioned_throughput);
    for (const auto& index : schema_.indexes) {
      if (index.global && index.throughput == Throughput{}) {
        return refuse(invalid_values(fmt::format("ProvisionedThroughput must be specified for index: {}", index.name)));
      }
    }
    return {};
  }

  Outcome<void> read_settings() {
    if (in_.stream_specification) {
      if (auto ok = set_stream(*in_.stream_specification, schema_); !ok) return ok;
    }
    if (in_.sse_specification) {
      if (auto ok = set_encryption(*in_.sse_specification, schema_); !ok) return ok;
    }
    schema_.table_class = in_.table_class.value_or("");
    schema_.deletion_protected = in_.deletion_protection_enabled.value_or(false);
    return {};
  }

  Outcome<void> act(Tables& tables) override {
    if (tables.find(schema_.name)) {
      return refuse(errors::resource_in_use_exception, fmt::format("Table already exists: {}", schema_.name));
    }
    const auto names = tables.entries().lower_bound(std::string(1, table_mark));
    const auto names_end = tables.entries().lower_bound(std::string(1, table_mark + 1));
    if (static_cast<std::size_t>(std::distance(names, names_end)) >= limits().tables_max) {
      return refuse(errors::limit_exceeded_exception,
                    fmt::format("Too many tables: the limit of this account is {}", limits().tables_max));
    }
    const auto last = tables.entries().find(last_number_key);
    schema_.number = (last == tables.entries().end() ? 0 : ByteReader(last->second).u64()) + 1;
    schema_.created = tables.now();
    if (schema_.on_demand) schema_.on_demand_since = schema_.created;
    if (!schema_.stream_view.empty()) schema_.stream_since = schema_.created;
    std::string number;
    ByteWriter(number).u64(schema_.number);
    Writes writes;
    writes.push_back({std::string(last_number_key), std::move(number)});
    add_schema(schema_, writes);
    return tables.write(writes);
  }

  void complete(Call& call) override {
    TableCounts counts;
    counts.indexes.resize(schema_.indexes.size());
    auto& described = out_.table_description.emplace(describe(schema_, counts, "CREATING", call.caller));
    for (auto& index : described.global_secondary_indexes) index.index_status = "CREATING";
  }

  TableSchema schema_;
};

}  // namespace

ActionPtr make_handler(op::CreateTable, DynamoDb& dynamodb) { return std::make_unique<CreateTable>(dynamodb); }

}  // namespace millrace::aws::dynamodb
