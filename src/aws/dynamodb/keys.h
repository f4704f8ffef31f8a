// Keys of the entries in which an account's tables are kept (docs/format/dynamodb.md): they sort as Query reads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/dynamodb/errors.h"
#include "aws/dynamodb/schema.h"
#include "aws/dynamodb/value.h"

namespace millrace::aws::dynamodb {

// "dynamodb/REGION/ACCOUNT": the broker's table that holds them all.
std::string world_key(std::string_view region, std::string_view account);
inline constexpr std::string_view world_prefix = "dynamodb/";

// Entries: of tables by name, of items, of places in indexes, of transactions' tokens, and the last table's number.
inline constexpr char table_mark = 't';
inline constexpr char item_mark = 'i';
inline constexpr char index_mark = 'x';
inline constexpr char token_mark = 'r';
inline constexpr std::string_view last_number_key = "n";

std::string table_entry(std::string_view name);
// What all items of a table, and all places of one of its indexes, begin with.
std::string items_prefix(std::uint64_t table);
std::string index_prefix(std::uint64_t table, std::uint32_t index);
std::string indexes_prefix(std::uint64_t table);
std::string token_entry(std::string_view token);

// The value of a key attribute so that it sorts, and so that no other one begins with it.
void append_key_value(const Value& value, std::string& out);
// Of a string or binary: what every longer one that begins with it has in common.
std::string key_value_prefix(const Value& value);
// The end of all keys that begin with `prefix`; empty: there is no end.
std::string behind(std::string prefix);

// An item's place within its table, or within an index; nothing when it lacks an attribute (of the right type).
std::optional<std::string> place_of(const KeySchema& keys, const Attributes& item);

// The key attributes of an item that is to be written: there, of their types, not empty, not too large.
Outcome<void> check_item_keys(const TableSchema& table, const Attributes& item);
// What a client names an item with: these attributes and no others.
Outcome<void> check_key(const KeySchema& keys, const Attributes& key);

// The attributes of the key, taken from an item.
Attributes key_of(const KeySchema& keys, const Attributes& item);

}  // namespace millrace::aws::dynamodb
