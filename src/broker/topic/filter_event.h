// FilterEvent: what a filter policy is matched against: the values of a message's attributes, or of its body, by path.
//
// All values of a path stand together, whatever array or object they came from. A policy's conditions on two paths may
// therefore be met by different elements of an array, as the service has it.
//
// A value; made on any core, used by one at a time: the first reader brings the values into order.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/topic/filter_value.h"

namespace millrace::broker {

class FilterEvent {
 public:
  // From the body. ErrorCode::invalid when it is not a JSON object: then no policy of the body matches, not even one
  // without conditions.
  static Result<FilterEvent> from_body(std::string_view json);

  // One attribute of a message, with its data type as it was published: String, String.Array (a JSON array of strings,
  // numbers, true, false and null), Number, or one of them with a suffix. Binary is never compared and counts as
  // missing. What is not of its type makes the event malformed.
  void add_attribute(std::string_view name, std::string_view type, std::string_view value);
  // No policy of the attributes is to match, whatever it asks for.
  bool malformed() const { return malformed_; }

  // Without any value nothing is known to be missing either: not even {"exists": false} matches.
  bool empty() const { return entries_.empty(); }

  // The values of one path.
  struct Group {
    std::uint64_t path = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  // Ascending by path.
  const std::vector<Group>& groups() const;
  const Group* find(std::uint64_t path) const;
  // Within a group ascending, each value once.
  FilterValue value(std::uint32_t index) const;

 private:
  friend class EventReader;
  struct Entry {
    std::uint64_t path;
    std::int64_t number;
    std::uint32_t offset;  // in text_
    std::uint32_t size;
    FilterKind kind;
  };
  void add(std::uint64_t path, const FilterValue& value);
  FilterValue value_of(const Entry& entry) const;
  void arrange() const;

  std::string text_;
  mutable std::vector<Entry> entries_;
  mutable std::vector<Group> groups_;
  mutable bool arranged_ = true;
  bool malformed_ = false;
};

}  // namespace millrace::broker
