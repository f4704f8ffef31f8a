#include "aws/dynamodb/keys.h"

#include <fmt/format.h>

#include "aws/dynamodb/limits.h"

namespace millrace::aws::dynamodb {
namespace {

void append_big_endian(std::uint64_t number, int bytes, std::string& out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift & 0xFF));
}

// A zero byte is followed by 0xFF, and a zero and a one are the end: shorter strings sort first.
void append_escaped(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xFF');
  }
}

std::string_view bytes_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  return value.as<Binary>()->bytes;
}

constexpr std::string_view end_of_bytes("\0\1", 2);

std::string marked(char mark, std::uint64_t table) {
  std::string out(1, mark);
  append_big_endian(table, 8, out);
  return out;
}

const Value* attribute(const Attributes& item, const KeyAttribute& key) {
  const auto at = item.find(key.name);
  return at == item.end() ? nullptr : &at->second;
}

Outcome<void> check_key_size(const KeyAttribute& key, const Value& value, bool range) {
  if (value.type() == ValueType::N) return {};
  const auto size = bytes_of(value).size();
  if (size == 0) {
    return refuse(invalid(fmt::format(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} "
        "value. Key: {}",
        value.type() == ValueType::S ? "string" : "binary", key.name)));
  }
  const auto size_max = range ? range_key_bytes_max : hash_key_bytes_max;
  if (size <= size_max) return {};
  return refuse(
      invalid_values(range ? fmt::format("Aggregated size of all range keys has exceeded the size limit of "
                                         "{} bytes",
                                         size_max)
                           : fmt::format("Size of hashkey has exceeded the maximum size limit of{} bytes", size_max)));
}

Outcome<void> check_written_key(const KeyAttribute& key, const Attributes& item, bool range) {
  const Value* value = attribute(item, key);
  if (value == nullptr) return refuse(invalid_values(fmt::format("Missing the key {} in the item", key.name)));
  if (value->type() != key.type) {
    return refuse(invalid_values(fmt::format("Type mismatch for key {} expected: {} actual: {}", key.name,
                                             name_of(key.type), value->type_name())));
  }
  return check_key_size(key, *value, range);
}

// An item without the attributes of an index is not in it; with others than the index has it is refused.
Outcome<void> check_index_key(const IndexSchema& index, const KeyAttribute& key, const Attributes& item, bool range) {
  const Value* value = attribute(item, key);
  if (value == nullptr) return {};
  if (value->type() != key.type) {
    return refuse(invalid_values(fmt::format("Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}",
                                             key.name, name_of(key.type), value->type_name(), index.name)));
  }
  if (key.type != ValueType::N && bytes_of(*value).empty()) {
    return refuse(invalid(fmt::format(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
        "AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}",
        key.type == ValueType::S ? "string" : "binary", index.name, key.name)));
  }
  return check_key_size(key, *value, range);
}

}  // namespace

std::string world_key(std::string_view region, std::string_view account) {
  return fmt::format("{}{}/{}", world_prefix, region, account);
}

std::string table_entry(std::string_view name) { return table_mark + std::string(name); }
std::string items_prefix(std::uint64_t table) { return marked(item_mark, table); }
std::string indexes_prefix(std::uint64_t table) { return marked(index_mark, table); }
std::string token_entry(std::string_view token) { return token_mark + std::string(token); }

std::string index_prefix(std::uint64_t table, std::uint32_t index) {
  std::string out = indexes_prefix(table);
  append_big_endian(index, 4, out);
  return out;
}

void append_key_value(const Value& value, std::string& out) {
  if (const auto* number = value.as<Decimal>()) return number->append_ordered(out);
  append_escaped(bytes_of(value), out);
  out += end_of_bytes;
}

std::string key_value_prefix(const Value& value) {
  std::string out;
  append_escaped(bytes_of(value), out);
  return out;
}

std::string behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

std::optional<std::string> place_of(const KeySchema& keys, const Attributes& item) {
  std::string out;
  const Value* hash = attribute(item, keys.hash);
  if (hash == nullptr || hash->type() != keys.hash.type) return std::nullopt;
  append_key_value(*hash, out);
  if (keys.range) {
    const Value* range = attribute(item, *keys.range);
    if (range == nullptr || range->type() != keys.range->type) return std::nullopt;
    append_key_value(*range, out);
  }
  return out;
}

Outcome<void> check_item_keys(const TableSchema& table, const Attributes& item) {
  if (auto ok = check_written_key(table.keys.hash, item, false); !ok) return ok;
  if (table.keys.range) {
    if (auto ok = check_written_key(*table.keys.range, item, true); !ok) return ok;
  }
  for (const auto& index : table.indexes) {
    if (auto ok = check_index_key(index, index.keys.hash, item, false); !ok) return ok;
    if (!index.keys.range) continue;
    if (auto ok = check_index_key(index, *index.keys.range, item, true); !ok) return ok;
  }
  return {};
}

Outcome<void> check_key(const KeySchema& keys, const Attributes& key) {
  const auto matches = [&](const KeyAttribute& wanted) {
    const Value* value = attribute(key, wanted);
    return value != nullptr && value->type() == wanted.type;
  };
  if (key.size() != (keys.range ? 2u : 1u) || !matches(keys.hash) || (keys.range && !matches(*keys.range))) {
    return refuse(invalid("The provided key element does not match the schema"));
  }
  if (auto ok = check_key_size(keys.hash, *attribute(key, keys.hash), false); !ok || !keys.range) return ok;
  return check_key_size(*keys.range, *attribute(key, *keys.range), true);
}

Attributes key_of(const KeySchema& keys, const Attributes& item) {
  Attributes out;
  const auto take = [&](const KeyAttribute& key) {
    if (const Value* value = attribute(item, key)) out.emplace(key.name, *value);
  };
  take(keys.hash);
  if (keys.range) take(*keys.range);
  return out;
}

}  // namespace millrace::aws::dynamodb
