// Reads a request of the query protocol (an application/x-www-form-urlencoded body, a URL's query, or both) into a
// struct, by its field table.
//
// QueryParameters holds views of the encoded text, which must outlive it. A value is decoded once, straight into the
// struct. The readers give the same struct as read_json() does for the same request; a list that the query protocol
// cannot express (an empty one) is sent as `Entries=` and read as present and empty.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/field.h"
#include "codec/violation.h"

namespace millrace::codec {

class QueryParameters {
 public:
  explicit QueryParameters(const ReadLimits& limits = {}) : limits_(limits) {}

  // Adds `name=value&...`. Of two equal names the one that was added last counts. After a violation the object is of
  // no use.
  std::optional<Violation> add(std::string_view encoded);
  // Adds a parameter that is not encoded, unless there is one of that name: the queue that the path names, say.
  void add_default(std::string name, std::string value);

  bool contains(std::string_view name) const { return find(name) != nullptr; }
  // The decoded value; nothing when it is absent or malformed. For `Action`, `Version` and the like.
  std::optional<std::string> value(std::string_view name) const;

  struct Parameter {
    std::string_view name;   // decoded
    std::string_view value;  // as it came
    std::uint32_t order = 0;
    bool encoded = true;  // false: `value` is what it says
  };
  const ReadLimits& limits() const { return limits_; }
  const Parameter* find(std::string_view name) const;
  // The parameters whose names begin with `prefix`, in the order of their names.
  std::vector<Parameter>::const_iterator first_with(std::string_view prefix) const;
  std::vector<Parameter>::const_iterator end() const { return sorted_.end(); }

 private:
  void sort();
  ReadLimits limits_;
  std::size_t bytes_ = 0;
  std::uint32_t next_order_ = 0;
  std::vector<Parameter> sorted_;  // by name, each name once
  std::deque<std::string> owned_;  // names that had to be decoded, and defaults
};

std::optional<Violation> read_query(const QueryParameters& parameters, const Shape& shape, void* into);

template <Record S>
std::optional<Violation> read_query(const QueryParameters& parameters, S& into) {
  return read_query(parameters, S::shape, &into);
}

}  // namespace millrace::codec
