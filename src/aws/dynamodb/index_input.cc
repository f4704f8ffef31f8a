#include "aws/dynamodb/index_input.h"

#include <fmt/format.h>

namespace millrace::aws::dynamodb {
namespace {

std::string names_of(const Definitions& definitions) {
  std::string out;
  for (const auto& [name, type] : definitions) out += (out.empty() ? "" : ", ") + name;
  return "[" + out + "]";
}

}  // namespace

Outcome<Definitions> read_definitions(const std::vector<models::dynamodb::AttributeDefinition>& definitions) {
  Definitions out;
  for (const auto& given : definitions) {
    const auto type = given.attribute_type == "S"   ? ValueType::S
                      : given.attribute_type == "N" ? ValueType::N
                                                    : ValueType::B;
    if (!out.emplace(given.attribute_name, type).second) {
      return refuse(
          invalid_values(fmt::format("Duplicate AttributeName in AttributeDefinitions: {}", given.attribute_name)));
    }
  }
  return out;
}

Outcome<KeySchema> read_keys(const std::vector<models::dynamodb::KeySchemaElement>& elements,
                             const Definitions& definitions) {
  if (elements.empty() || elements.front().key_type != "HASH") {
    return refuse(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
  }
  if (elements.size() > 2) return refuse(invalid("Invalid KeySchema: Some index key attribute have no definition"));
  if (elements.size() == 2) {
    if (elements[0].attribute_name == elements[1].attribute_name) {
      return refuse(invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name"));
    }
    if (elements[1].key_type != "RANGE") {
      return refuse(invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
    }
  }
  KeySchema out;
  for (const auto& element : elements) {
    const auto at = definitions.find(element.attribute_name);
    if (at == definitions.end()) {
      return refuse(invalid_values(fmt::format(
          "Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: {}",
          element.attribute_name, names_of(definitions))));
    }
    KeyAttribute key{element.attribute_name, at->second};
    if (&element == &elements.front()) {
      out.hash = std::move(key);
    } else {
      out.range = std::move(key);
    }
  }
  return out;
}

Throughput read_throughput(const models::dynamodb::ProvisionedThroughput& given) {
  return {given.read_capacity_units, given.write_capacity_units};
}

Throughput read_limit(const models::dynamodb::OnDemandThroughput& given) {
  return {given.max_read_request_units.value_or(0), given.max_write_request_units.value_or(0)};
}

Outcome<void> read_projection(const models::dynamodb::Projection& projection, IndexSchema& into) {
  const std::string type = projection.projection_type.value_or("");
  if (type.empty()) return refuse(invalid_values("Unknown ProjectionType: null"));
  into.projection = type == "ALL"         ? ProjectionType::all
                    : type == "KEYS_ONLY" ? ProjectionType::keys_only
                                          : ProjectionType::include;
  if (projection.non_key_attributes) into.attributes = *projection.non_key_attributes;
  if (into.projection != ProjectionType::include && projection.non_key_attributes) {
    return refuse(invalid_values(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", type)));
  }
  if (into.projection == ProjectionType::include && into.attributes.empty()) {
    return refuse(invalid_values("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"));
  }
  return {};
}

}  // namespace millrace::aws::dynamodb
