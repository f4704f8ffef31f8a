#include "aws/dynamodb/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace millrace::aws::dynamodb {
namespace {

constexpr std::array<std::string_view, 10> type_names = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};

constexpr std::size_t container_bytes = 3;  // of a list or map itself
constexpr std::size_t element_bytes = 1;    // of each entry, beside its name and value

struct Size {
  std::size_t operator()(const std::string& text) const { return text.size(); }
  std::size_t operator()(const Decimal& number) const { return number.size(); }
  std::size_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  std::size_t operator()(bool) const { return 1; }
  std::size_t operator()(Null) const { return 1; }
  template <class Set>
    requires requires(const Set& set) { set.members; }
  std::size_t operator()(const Set& set) const {
    std::size_t size = 0;
    for (const auto& member : set.members) size += (*this)(member);
    return size;
  }
  std::size_t operator()(const List& list) const {
    std::size_t size = container_bytes;
    for (const auto& value : list) size += element_bytes + size_of(value);
    return size;
  }
  std::size_t operator()(const Attributes& map) const {
    return container_bytes + element_bytes * map.size() + size_of(map);
  }
};

template <class Range, class Show>
std::string joined(const Range& range, Show show) {
  std::string out;
  for (const auto& member : range) {
    if (!out.empty()) out += ", ";
    out += show(member);
  }
  return out;
}

struct Show {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Decimal& number) const { return number.text(); }
  std::string operator()(const Binary& binary) const { return fmt::format("({} bytes)", binary.bytes.size()); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(Null) const { return "true"; }
  template <class Set>
    requires requires(const Set& set) { set.members; }
  std::string operator()(const Set& set) const {
    return "[" + joined(set.members, *this) + "]";
  }
  std::string operator()(const List& list) const { return "[" + joined(list, shown) + "]"; }
  std::string operator()(const Attributes& map) const {
    return "{" + joined(map, [](const auto& entry) { return entry.first + "=" + shown(entry.second); }) + "}";
  }
};

}  // namespace

std::string_view name_of(ValueType type) { return type_names[static_cast<std::size_t>(type)]; }

bool Value::operator==(const Value& other) const { return data == other.data; }

std::size_t size_of(const Value& value) { return std::visit(Size{}, value.data); }

std::size_t size_of(const Attributes& item) {
  std::size_t size = 0;
  for (const auto& [name, value] : item) size += name.size() + size_of(value);
  return size;
}

std::string shown(const Value& value) {
  return fmt::format("{{{}:{}}}", value.type_name(), std::visit(Show{}, value.data));
}

int depth_of(const Value& value) {
  int deepest = 0;
  if (const auto* list = value.as<List>()) {
    for (const auto& inner : *list) deepest = std::max(deepest, depth_of(inner));
    return deepest + 1;
  }
  if (const auto* map = value.as<Attributes>()) {
    for (const auto& [name, inner] : *map) deepest = std::max(deepest, depth_of(inner));
    return deepest + 1;
  }
  return deepest;
}

}  // namespace millrace::aws::dynamodb
