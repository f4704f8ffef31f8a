// TableSchema: what is known of a table of DynamoDB, as it is stored (docs/format/dynamodb.md). Plain data.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/dynamodb/value.h"
#include "base/time.h"

namespace millrace::aws::dynamodb {

struct KeyAttribute {
  std::string name;
  ValueType type = ValueType::S;  // S, N or B
  bool operator==(const KeyAttribute&) const = default;
};

struct KeySchema {
  KeyAttribute hash;
  std::optional<KeyAttribute> range;

  bool has(std::string_view name) const { return hash.name == name || (range && range->name == name); }
  bool operator==(const KeySchema&) const = default;
};

enum class ProjectionType : std::uint8_t { all, keys_only, include };

struct Throughput {
  std::int64_t read = 0;
  std::int64_t write = 0;
  bool operator==(const Throughput&) const = default;
};

struct IndexSchema {
  std::uint32_t number = 0;  // within the table, never used again
  bool global = true;
  std::string name;
  KeySchema keys;
  ProjectionType projection = ProjectionType::all;
  std::vector<std::string> attributes;  // of `include`, as they were given
  Throughput throughput;
  std::optional<Throughput> on_demand;
  bool operator==(const IndexSchema&) const = default;
};

struct TableSchema {
  std::uint64_t number = 0;  // within its account and region, never used again
  std::string name;
  std::string id;  // a UUID
  Time created{};
  KeySchema keys;
  bool on_demand = false;  // PAY_PER_REQUEST
  Time on_demand_since{};
  Throughput throughput;
  Time throughput_raised{};
  Time throughput_lowered{};
  std::optional<Throughput> on_demand_limit;
  std::uint32_t last_index = 0;
  std::vector<IndexSchema> indexes;
  std::string stream_view;  // empty: no stream
  Time stream_since{};
  bool kms = false;  // SSE with a key of KMS
  std::string kms_key;
  std::string table_class;  // empty: never said
  bool deletion_protected = false;
  std::string expiry_attribute;  // TTL; empty: off
  bool backups = false;          // point-in-time recovery, as far as it is described
  std::int32_t backup_days = 0;
  Time backups_since{};
  std::map<std::string, std::string> tags;

  const IndexSchema* index(std::string_view name) const;
  // Attributes that are part of some key, with their types.
  std::vector<KeyAttribute> definitions() const;
  bool operator==(const TableSchema&) const = default;
};

std::string encode_schema(const TableSchema& schema);
// Nothing when the bytes are not one.
std::optional<TableSchema> decode_schema(std::string_view bytes);

}  // namespace millrace::aws::dynamodb
