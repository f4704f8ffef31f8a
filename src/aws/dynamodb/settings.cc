#include "aws/dynamodb/settings.h"

#include <fmt/format.h>

#include <set>

#include "aws/dynamodb/names.h"

namespace millrace::aws::dynamodb {

Failure not_offered(std::string_view parameter) {
  return invalid(fmt::format("{} is not supported by this server", parameter));
}

Outcome<void> set_stream(const models::dynamodb::StreamSpecification& given, TableSchema& schema) {
  if (!given.stream_enabled) {
    if (given.stream_view_type) {
      return refuse(invalid_values("StreamViewType cannot be specified when StreamEnabled is false"));
    }
    schema.stream_view.clear();
    return {};
  }
  if (!given.stream_view_type) {
    return refuse(invalid_values("StreamViewType must be specified when StreamEnabled is true"));
  }
  schema.stream_view = *given.stream_view_type;
  return {};
}

Outcome<void> set_encryption(const models::dynamodb::SSESpecification& given, TableSchema& schema) {
  const bool enabled = given.enabled.value_or(false);
  if (!enabled && given.kms_master_key_id) {
    return refuse(invalid_values("KMSMasterKeyId cannot be specified when SSE is disabled"));
  }
  if (given.sse_type == "AES256") return refuse(invalid_values("SSEType AES256 is not supported, use KMS"));
  schema.kms = enabled;
  schema.kms_key = given.kms_master_key_id.value_or(enabled ? "alias/aws/dynamodb" : "");
  return {};
}

Outcome<void> add_tags(const std::vector<models::dynamodb::Tag>& given, const Limits& limits,
                       std::map<std::string, std::string>& tags) {
  std::set<std::string_view> seen;
  for (const auto& tag : given) {
    if (!seen.insert(tag.key).second) {
      return refuse(invalid(fmt::format("Duplicate tag keys are not allowed: {}", tag.key)));
    }
    if (tag.key.starts_with("aws:")) {
      return refuse(invalid("One or more tag keys begin with aws:, which is reserved"));
    }
    tags.insert_or_assign(tag.key, tag.value);
  }
  if (tags.size() > limits.tags_max) {
    return refuse(invalid(fmt::format("The number of tags exceeds the limit of {}", limits.tags_max)));
  }
  return {};
}

Outcome<void> check_indexes(const TableSchema& schema, const Limits& limits) {
  std::size_t global = 0;
  std::size_t local = 0;
  std::size_t projected = 0;
  std::set<std::string_view> names;
  for (const auto& index : schema.indexes) {
    if (auto ok = check_new_name(index.name, "indexName"); !ok) return ok;
    if (!names.insert(index.name).second) {
      return refuse(invalid_values(fmt::format("Duplicate index name: {}", index.name)));
    }
    ++(index.global ? global : local);
    projected += index.attributes.size();
  }
  if (global > limits.global_indexes_max) {
    return refuse(invalid_values(
        fmt::format("GlobalSecondaryIndex count exceeds the per-table limit of {}", limits.global_indexes_max)));
  }
  if (local > limits.local_indexes_max) {
    return refuse(invalid_values(
        fmt::format("Number of LocalSecondaryIndexes exceeds per-table limit of {}", limits.local_indexes_max)));
  }
  if (projected > limits.projected_attributes_max) {
    return refuse(invalid_values(fmt::format(
        "The number of projected attributes in all indexes exceeds the limit of {}", limits.projected_attributes_max)));
  }
  return {};
}

}  // namespace millrace::aws::dynamodb
