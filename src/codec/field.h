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

#include "base/time.h"

namespace millrace::codec {

// Bytes. The text encodings carry them as base64.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// The same, standing elsewhere: in the request, in the arena of its reader, in what was read from disk. Whoever fills it
// sees to it that it stays there. A string that stands elsewhere is a std::string_view.
struct BlobView {
  std::string_view bytes;
  bool operator==(const BlobView&) const = default;
};

// Like a std::pair, which cannot hold a struct that holds such pairs of itself.
template <class T>
struct MapEntry {
  MapEntry() = default;
  MapEntry(std::string key, T value) : first(std::move(key)), second(std::move(value)) {}
  template <std::same_as<std::string_view> Key>
  MapEntry(Key key, T value) : first(key), second(std::move(value)) {}
  template <class Key, class Value>
  MapEntry(const std::pair<Key, Value>& pair) : first(pair.first), second(pair.second) {}
  bool operator==(const MapEntry&) const = default;

  std::string first;
  T second;
};
// Keeps the order in which the entries came. A name that came twice is there twice: the service decides what that means.
template <class T>
using Map = std::vector<MapEntry<T>>;

// std::optional for a list or map that may hold the struct that it is a member of: std::optional itself would have to
// know that struct's size. For the same reason what the compiler would write by itself is written out below.
template <class T>
class OptionalContainer {
 public:
  OptionalContainer();
  OptionalContainer(const OptionalContainer& other);
  OptionalContainer(OptionalContainer&& other) noexcept;
  OptionalContainer& operator=(const OptionalContainer& other);
  OptionalContainer& operator=(OptionalContainer&& other) noexcept;
  ~OptionalContainer();

  bool has_value() const { return !held_.empty(); }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return held_.front(); }
  const T& operator*() const { return held_.front(); }
  T* operator->() { return held_.data(); }
  const T* operator->() const { return held_.data(); }
  T& emplace() {
    held_.clear();
    return held_.emplace_back();
  }
  bool operator==(const OptionalContainer& other) const { return held_ == other.held_; }

 private:
  std::vector<T> held_;  // none or one
};

template <class T>
OptionalContainer<T>::OptionalContainer() = default;
template <class T>
OptionalContainer<T>::OptionalContainer(const OptionalContainer& other) = default;
template <class T>
OptionalContainer<T>::OptionalContainer(OptionalContainer&& other) noexcept = default;
template <class T>
OptionalContainer<T>& OptionalContainer<T>::operator=(const OptionalContainer& other) = default;
template <class T>
OptionalContainer<T>& OptionalContainer<T>::operator=(OptionalContainer&& other) noexcept = default;
template <class T>
OptionalContainer<T>::~OptionalContainer() = default;

enum class Kind : std::uint8_t { string, blob, boolean, int32, int64, float64, timestamp, structure, list, map };

struct Shape;

// What a member holds, and how to reach into it without knowing its C++ type.
struct Type {
  Kind kind;
  const Shape* shape = nullptr;   // of a structure
  const Type* element = nullptr;  // of a list's elements or a map's values
  bool view = false;              // of strings and blobs: std::string_view and BlobView
  // Lists and maps only.
  void (*clear)(void* container) = nullptr;
  std::size_t (*size)(const void* container) = nullptr;
  const void* (*at)(const void* container, std::size_t index) = nullptr;
  void* (*append)(void* container) = nullptr;                         // lists: a new last element
  void* (*append_keyed)(void* container, std::string key) = nullptr;  // maps: the value of a new last entry
  const std::string& (*key_at)(const void* container, std::size_t index) = nullptr;
};

// What a string or blob holds, whichever of its two forms it has.
inline std::string_view bytes_of(const Type& type, const void* value) {
  if (type.kind == Kind::blob) {
    return type.view ? static_cast<const BlobView*>(value)->bytes : static_cast<const Blob*>(value)->bytes;
  }
  return type.view ? *static_cast<const std::string_view*>(value) : *static_cast<const std::string*>(value);
}

// What a value must fulfil. The bounds count the characters of a string, the bytes of a blob, the entries of a list or
// map, or are the range of a number.
struct Rule {
  bool required = false;
  bool always = false;  // a list or map that is written when it is empty, too
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
  // An empty list or map is left out by the writers unless this is set: by its rule, or because it is a std::optional
  // that says itself whether it is there.
  bool keeps_empty = false;
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
    auto& entry = static_cast<Map<T>*>(map)->emplace_back();
    entry.first = std::move(key);
    return &entry.second;
  }
};

template <>
struct TypeOf<std::string> {
  static constexpr Type value{.kind = Kind::string};
};
template <>
struct TypeOf<std::string_view> {
  static constexpr Type value{.kind = Kind::string, .view = true};
};
template <>
struct TypeOf<Blob> {
  static constexpr Type value{.kind = Kind::blob};
};
template <>
struct TypeOf<BlobView> {
  static constexpr Type value{.kind = Kind::blob, .view = true};
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
template <>
struct TypeOf<double> {
  static constexpr Type value{.kind = Kind::float64};
};
template <>
struct TypeOf<Time> {
  static constexpr Type value{.kind = Kind::timestamp};
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
  static constexpr bool optional = false;
};
template <class S, class T, std::optional<T> S::* Member>
struct MemberAccess<Member> {
  static void* emplace(void* object) { return &(static_cast<S*>(object)->*Member).emplace(); }
  static const void* get(const void* object) {
    const auto& member = static_cast<const S*>(object)->*Member;
    return member ? &*member : nullptr;
  }
  static constexpr const Type* type = &TypeOf<T>::value;
  static constexpr bool optional = true;
};

template <class S, class T, OptionalContainer<T> S::* Member>
struct MemberAccess<Member> {
  static void* emplace(void* object) { return &(static_cast<S*>(object)->*Member).emplace(); }
  static const void* get(const void* object) {
    const auto& member = static_cast<const S*>(object)->*Member;
    return member ? &*member : nullptr;
  }
  static constexpr const Type* type = &TypeOf<T>::value;
  static constexpr bool optional = true;
};

}  // namespace detail

// One line of a table: field<&SendMessageRequest::queue_url>("QueueUrl", {.required = true}, {.query = "QueueUrl"}).
template <auto Member>
constexpr Field field(std::string_view name, Rule rule, WireNames wire) {
  using Access = detail::MemberAccess<Member>;
  return {name, Access::type, Access::emplace, Access::get, rule, wire, Access::optional || rule.always};
}

}  // namespace millrace::codec
