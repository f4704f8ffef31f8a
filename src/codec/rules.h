// Shared by the readers: where in a request we are, where views keep their bytes, and the check of a struct against its
// table's rules.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/violation.h"

namespace millrace::codec {

// Where the reader keeps what views show; there must be one.
Arena& arena_of(const ReadLimits& limits);
// A blob, or its view, from base64. False when it is none.
bool read_base64(std::string_view text, const Type& type, void* into, const ReadLimits& limits);

// A place in a request, linked through the readers' stack frames; rendered only when something is wrong there.
struct Place {
  const Place* above = nullptr;
  const Field* field = nullptr;  // the member, or
  std::size_t index = 0;         // the entry of a list or map (from 1) and
  std::string_view key = {};     // the map entry's key
};

Violation violation_at(const Place& place, Violation::Kind kind, std::string_view value = {}, const Rule& rule = {});
Violation wrong_type_at(const Place& place, Kind expected, std::string_view found);
// A violation of the whole request.
Violation violation_of_request(Violation::Kind kind, std::string_view why);

// Checks the members in the table's order, so that both encodings report the same violation first. `seen` has bit i set
// when fields[i] was present. Structures inside were checked when they were read.
std::optional<Violation> check_members(const Shape& shape, const void* object, std::uint64_t seen, const Place* above,
                                       const ReadLimits& limits);

}  // namespace millrace::codec
