// Value: what an attribute holds, and Attributes: an item, or a map inside one. Plain data; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/dynamodb/decimal.h"

namespace millrace::aws::dynamodb {

struct Value;
using List = std::vector<Value>;
using Attributes = std::map<std::string, Value, std::less<>>;

struct Binary {
  std::string bytes;
  auto operator<=>(const Binary&) const = default;
};
struct Null {
  bool operator==(const Null&) const = default;
};
// Sets are kept in order and without duplicates, so that equal sets are equal objects.
struct StringSet {
  std::vector<std::string> members;
  bool operator==(const StringSet&) const = default;
};
struct NumberSet {
  std::vector<Decimal> members;
  bool operator==(const NumberSet&) const = default;
};
struct BinarySet {
  std::vector<Binary> members;
  bool operator==(const BinarySet&) const = default;
};

// In the order of Value's alternatives.
enum class ValueType : std::uint8_t { S, N, B, BOOL, null, SS, NS, BS, L, M };

// "S", "N", "NULL" and so on.
std::string_view name_of(ValueType type);

struct Value {
  using Data =
      std::variant<std::string, Decimal, Binary, bool, Null, StringSet, NumberSet, BinarySet, List, Attributes>;
  Data data;

  ValueType type() const { return static_cast<ValueType>(data.index()); }
  std::string_view type_name() const { return name_of(type()); }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&data);
  }
  bool operator==(const Value& other) const;
};

// The bytes that the service counts: names and values, and what lists and maps cost.
std::size_t size_of(const Value& value);
std::size_t size_of(const Attributes& item);

// As messages show it: "{S:text}", "{N:5}", "{L:[{S:a}]}".
std::string shown(const Value& value);

// Depth of nesting: 0 for a scalar or set, 1 for a list of such.
int depth_of(const Value& value);

}  // namespace millrace::aws::dynamodb
