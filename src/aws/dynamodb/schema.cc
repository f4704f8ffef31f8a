#include "aws/dynamodb/schema.h"

#include <algorithm>

#include "base/bytes.h"

namespace millrace::aws::dynamodb {
namespace {

constexpr std::uint8_t schema_version = 1;

// Writing and reading go through the same list of fields, so that they cannot differ.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void field(const std::string& text) { out_.string(text); }
  void field(bool truth) { out_.u8(truth ? 1 : 0); }
  void field(std::uint64_t number) { out_.varint(number); }
  void field(std::uint32_t number) { out_.varint(number); }
  void field(std::int64_t number) { out_.i64(number); }
  void field(std::int32_t number) { out_.i64(number); }
  void field(Time time) { out_.i64(to_ms(time)); }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void field(Enum value) {
    out_.u8(static_cast<std::uint8_t>(value));
  }
  template <class T>
  void field(const std::optional<T>& value) {
    field(value.has_value());
    if (value) field(*value);
  }
  template <class T>
  void field(const std::vector<T>& values) {
    out_.varint(values.size());
    for (const auto& value : values) field(value);
  }
  void field(const std::map<std::string, std::string>& map) {
    out_.varint(map.size());
    for (const auto& [key, value] : map) {
      out_.string(key);
      out_.string(value);
    }
  }
  template <class Struct>
    requires std::is_class_v<Struct>
  void field(const Struct& value) {
    walk(*this, const_cast<Struct&>(value));
  }

 private:
  ByteWriter out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}
  bool done() const { return good_ && in_.done(); }
  void field(std::string& text) { text = in_.string(); }
  void field(bool& truth) {
    const auto byte = in_.u8();
    truth = byte == 1;
    good_ = good_ && byte <= 1;
  }
  void field(std::uint64_t& number) { number = in_.varint(); }
  void field(std::uint32_t& number) { number = static_cast<std::uint32_t>(in_.varint()); }
  void field(std::int64_t& number) { number = in_.i64(); }
  void field(std::int32_t& number) { number = static_cast<std::int32_t>(in_.i64()); }
  void field(Time& time) { time = from_ms(in_.i64()); }
  void field(ValueType& type) {
    type = static_cast<ValueType>(in_.u8());
    good_ = good_ && type <= ValueType::B;
  }
  void field(ProjectionType& type) {
    type = static_cast<ProjectionType>(in_.u8());
    good_ = good_ && type <= ProjectionType::include;
  }
  template <class T>
  void field(std::optional<T>& value) {
    bool there = false;
    field(there);
    if (there) field(value.emplace());
  }
  template <class T>
  void field(std::vector<T>& values) {
    for (auto left = count(); left > 0 && in_.ok(); --left) field(values.emplace_back());
  }
  void field(std::map<std::string, std::string>& map) {
    for (auto left = count(); left > 0 && in_.ok(); --left) {
      std::string key(in_.string());
      map[std::move(key)] = in_.string();
    }
  }
  template <class Struct>
    requires std::is_class_v<Struct>
  void field(Struct& value) {
    walk(*this, value);
  }

 private:
  std::uint64_t count() {
    const auto count = in_.varint();
    if (count > in_.remaining()) good_ = false;
    return good_ ? count : 0;
  }
  ByteReader in_;
  bool good_ = true;
};

template <class Io>
void walk(Io& io, KeyAttribute& key) {
  io.field(key.name);
  io.field(key.type);
}

template <class Io>
void walk(Io& io, KeySchema& keys) {
  io.field(keys.hash);
  io.field(keys.range);
}

template <class Io>
void walk(Io& io, Throughput& throughput) {
  io.field(throughput.read);
  io.field(throughput.write);
}

template <class Io>
void walk(Io& io, IndexSchema& index) {
  io.field(index.number);
  io.field(index.global);
  io.field(index.name);
  io.field(index.keys);
  io.field(index.projection);
  io.field(index.attributes);
  io.field(index.throughput);
  io.field(index.on_demand);
}

template <class Io>
void walk(Io& io, TableSchema& schema) {
  io.field(schema.number);
  io.field(schema.name);
  io.field(schema.id);
  io.field(schema.created);
  io.field(schema.keys);
  io.field(schema.on_demand);
  io.field(schema.on_demand_since);
  io.field(schema.throughput);
  io.field(schema.throughput_raised);
  io.field(schema.throughput_lowered);
  io.field(schema.on_demand_limit);
  io.field(schema.last_index);
  io.field(schema.indexes);
  io.field(schema.stream_view);
  io.field(schema.stream_since);
  io.field(schema.kms);
  io.field(schema.kms_key);
  io.field(schema.table_class);
  io.field(schema.deletion_protected);
  io.field(schema.expiry_attribute);
  io.field(schema.backups);
  io.field(schema.backup_days);
  io.field(schema.backups_since);
  io.field(schema.tags);
}

}  // namespace

const IndexSchema* TableSchema::index(std::string_view wanted) const {
  const auto at = std::ranges::find(indexes, wanted, &IndexSchema::name);
  return at == indexes.end() ? nullptr : &*at;
}

std::vector<KeyAttribute> TableSchema::definitions() const {
  std::vector<KeyAttribute> all;
  const auto add = [&](const KeyAttribute& key) {
    if (std::ranges::find(all, key.name, &KeyAttribute::name) == all.end()) all.push_back(key);
  };
  const auto add_keys = [&](const KeySchema& schema) {
    add(schema.hash);
    if (schema.range) add(*schema.range);
  };
  add_keys(keys);
  for (const auto& index : indexes) add_keys(index.keys);
  return all;
}

std::string encode_schema(const TableSchema& schema) {
  std::string bytes;
  bytes.push_back(static_cast<char>(schema_version));
  Writer(bytes).field(schema);
  return bytes;
}

std::optional<TableSchema> decode_schema(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != static_cast<char>(schema_version)) return std::nullopt;
  Reader reader(bytes.substr(1));
  TableSchema schema;
  reader.field(schema);
  if (!reader.done()) return std::nullopt;
  return schema;
}

}  // namespace millrace::aws::dynamodb
