// What CreateTable and UpdateTable say about keys and indexes, checked. Used at home.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/schema.h"

namespace millrace::aws::dynamodb {

// Attribute definitions by name.
using Definitions = std::map<std::string, ValueType>;

Outcome<Definitions> read_definitions(const std::vector<models::dynamodb::AttributeDefinition>& definitions);
Outcome<KeySchema> read_keys(const std::vector<models::dynamodb::KeySchemaElement>& elements,
                             const Definitions& definitions);
Throughput read_throughput(const models::dynamodb::ProvisionedThroughput& given);
Throughput read_limit(const models::dynamodb::OnDemandThroughput& given);

// From LocalSecondaryIndex, GlobalSecondaryIndex and CreateGlobalSecondaryIndexAction. Without a number yet.
template <class Given>
Outcome<IndexSchema> read_index(const Given& given, bool global, const Definitions& definitions);

Outcome<void> read_projection(const models::dynamodb::Projection& projection, IndexSchema& into);

template <class Given>
Outcome<IndexSchema> read_index(const Given& given, bool global, const Definitions& definitions) {
  IndexSchema index{.global = global, .name = given.index_name};
  auto keys = read_keys(given.key_schema, definitions);
  if (!keys) return refuse(std::move(keys.error()));
  index.keys = std::move(*keys);
  if (auto ok = read_projection(given.projection, index); !ok) return refuse(std::move(ok.error()));
  if constexpr (requires { given.provisioned_throughput; }) {
    if (given.provisioned_throughput) index.throughput = read_throughput(*given.provisioned_throughput);
    if (given.on_demand_throughput) index.on_demand = read_limit(*given.on_demand_throughput);
  }
  return index;
}

}  // namespace millrace::aws::dynamodb
