// Field tables: how a struct of an API looks to the readers and writers.
//
// The generator (tools/generate.py) writes plain structs and one constant Shape for each. A reader or writer is an
// ordinary function that walks a Shape and touches the struct through the accessors of its fields, so there is one
// of them per encoding and not one per struct. Tables are constants: any thread may use them.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace millrace::codec {

// Bytes that the text encodings carry as base64.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// Keeps the order in which the entries came. A name that came twice is there twice: the service decides what that means.
template <class T>
using Map = std::vector<std::pair<std::string, T>>;

enum class Kind : std::uint8_t { string, blob, boolean, int32, int64, structure, list, map };

struct Shape;

// What a member holds, and how to reach into it without knowing its C++ type.
struct Type {
  Kind kind;
  const Shape* shape = nullptr;   // of a structure
  const Type* element = nullptr;  // of a list's elements or a map's values
  // Lists and maps only.
  void (*clear)(void* container) = nullptr;
  std::size_t (*size)(const void* container) = nullptr;
  const void* (*at)(const void* container, std::size_t index) = nullptr;
  void* (*append)(void* container) = nullptr;                         // lists: a new last element
  void* (*append_keyed)(void* container, std::string key) = nullptr;  // maps: the value of a new last entry
  const std::string& (*key_at)(const void* container, std::size_t index) = nullptr;
};

// What a value must fulfil. The bounds count the characters of a string, the bytes of a blob, the entries of a list or
// map, or are the range of a number.
struct Rule {
  bool required = false;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::span<const std::string_view> one_of = {};  // empty: any value
};

// The names that the query protocol and its XML use for a member. A list of the query protocol is a run of parameters
// `QUERY.N`, a map one of `QUERY.N.KEY` and `QUERY.N.VALUE`; in XML each entry is an element ITEM, all of them inside an
// element OUTER unless that is empty (a flattened list).
struct WireNames {
  std::string_view query;
  std::string_view outer;
  std::string_view item;
  std::string_view key;
  std::string_view value;
};

struct Field {
  std::string_view name;  // in JSON, and in messages
  const Type* type;
  void* (*emplace)(void* object);          // the member, made present
  const void* (*get)(const void* object);  // the member, or null when it is absent
  Rule rule;
  WireNames wire;
};

// The readers keep a bit per field.
constexpr std::size_t fields_max = 64;

struct Shape {
  std::string_view name;
  std::span<const Field> fields;
};

// A struct that has a field table.
template <class S>
concept Record = requires {
  { S::shape } -> std::same_as<const Shape&>;
};

// ---- What the tables are made of ----

namespace detail {

template <class T>
struct TypeOf;

template <class T>
struct ListAccess {
  static void clear(void* list) { static_cast<std::vector<T>*>(list)->clear(); }
  static std::size_t size(const void* list) { return static_cast<const std::vector<T>*>(list)->size(); }
  static const void* at(const void* list, std::size_t i) { return &(*static_cast<const std::vector<T>*>(list))[i]; }
  static void* append(void* list) { return &static_cast<std::vector<T>*>(list)->emplace_back(); }
};

template <class T>
struct MapAccess {
  static void clear(void* map) { static_cast<Map<T>*>(map)->clear(); }
  static std::size_t size(const void* map) { return static_cast<const Map<T>*>(map)->size(); }
  static const void* at(const void* map, std::size_t i) { return &(*static_cast<const Map<T>*>(map))[i].second; }
  static const std::string& key_at(const void* map, std::size_t i) {
    return (*static_cast<const Map<T>*>(map))[i].first;
  }
  static void* append_keyed(void* map, std::string key) {
    return &static_cast<Map<T>*>(map)->emplace_back(std::move(key), T{}).second;
  }
};

template <>
struct TypeOf<std::string> {
  static constexpr Type value{.kind = Kind::string};
};
template <>
struct TypeOf<Blob> {
  static constexpr Type value{.kind = Kind::blob};
};
template <>
struct TypeOf<bool> {
  static constexpr Type value{.kind = Kind::boolean};
};
template <>
struct TypeOf<std::int32_t> {
  static constexpr Type value{.kind = Kind::int32};
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr Type value{.kind = Kind::int64};
};
template <Record S>
struct TypeOf<S> {
  static constexpr Type value{.kind = Kind::structure, .shape = &S::shape};
};
template <class T>
struct TypeOf<std::vector<T>> {
  using Access = ListAccess<T>;
  static constexpr Type value{.kind = Kind::list,
                              .element = &TypeOf<T>::value,
                              .clear = Access::clear,
                              .size = Access::size,
                              .at = Access::at,
                              .append = Access::append};
};
template <class T>
struct TypeOf<Map<T>> {
  using Access = MapAccess<T>;
  static constexpr Type value{.kind = Kind::map,
                              .element = &TypeOf<T>::value,
                              .clear = Access::clear,
                              .size = Access::size,
                              .at = Access::at,
                              .append_keyed = Access::append_keyed,
                              .key_at = Access::key_at};
};

template <auto Member>
struct MemberAccess;

template <class S, class T, T S::* Member>
struct MemberAccess<Member> {
  static void* emplace(void* object) { return &(static_cast<S*>(object)->*Member); }
  static const void* get(const void* object) { return &(static_cast<const S*>(object)->*Member); }
  static constexpr const Type* type = &TypeOf<T>::value;
};
template <class S, class T, std::optional<T> S::* Member>
struct MemberAccess<Member> {
  static void* emplace(void* object) { return &(static_cast<S*>(object)->*Member).emplace(); }
  static const void* get(const void* object) {
    const auto& member = static_cast<const S*>(object)->*Member;
    return member ? &*member : nullptr;
  }
  static constexpr const Type* type = &TypeOf<T>::value;
};

}  // namespace detail

// One line of a table: field<&SendMessageRequest::queue_url>("QueueUrl", {.required = true}, {.query = "QueueUrl"}).
template <auto Member>
constexpr Field field(std::string_view name, Rule rule, WireNames wire) {
  using Access = detail::MemberAccess<Member>;
  return {name, Access::type, Access::emplace, Access::get, rule, wire};
}

}  // namespace millrace::codec
