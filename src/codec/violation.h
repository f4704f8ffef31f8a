// What is wrong with a request, in words that no service owns: each service phrases its own error from it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/field.h"

namespace millrace::codec {

class Arena;

struct Violation {
  enum class Kind : std::uint8_t {
    missing,       // a required member is absent
    malformed,     // not JSON, not base64, not a number, not UTF-8, not percent-encoded; too deep
    too_short,     // fewer characters, bytes or entries than rule.min
    too_long,      // more than rule.max; with an empty path: the whole request is too large
    out_of_range,  // a number outside the rule, or outside its type
    wrong_type,    // JSON and CBOR: another type than the member's; `value` names what was found
    not_in_set,    // not one of rule.one_of
  };
  Kind kind = Kind::malformed;
  std::string path;        // "Entries.2.Id": list entries count from 1, map entries go by key; empty: the whole request
  std::string query_path;  // "SendMessageBatchRequestEntry.2.Id", the same place as the query protocol calls it
  std::string value;       // what was found, cut at violation_value_max; for wrong_type: null, true, false, number,
                           // string, array or object
  std::string_view expected;  // wrong_type: string, blob, boolean, integer, long, double, timestamp,
                              // structure, list or map
  Rule rule;                  // what was asked for; when only the type is at fault, the type's own range
};

constexpr std::size_t violation_value_max = 256;

// How much a reader takes. Exceeding one is a Violation with an empty path. A message of 1 MiB may take 3 MiB as query
// parameters and 6 MiB as JSON whose every character is escaped.
struct ReadLimits {
  std::size_t bytes_max = 8 << 20;      // of the encoded request
  std::size_t depth_max = 64;           // of nested values, in JSON and CBOR unknown members included
  std::size_t parameters_max = 20'000;  // of a query request
  bool ranges = true;                   // check lengths, ranges and sets; what is required is always checked
  bool padded = false;                  // JSON only: json_padding bytes after the text may be read (not understood)
  // Keeps what a view shows where that does not stand in the request as it is; needed for structs with views.
  Arena* arena = nullptr;
};

constexpr std::size_t json_padding = 64;

// The words of Violation::expected.
std::string_view name_of(Kind kind);

}  // namespace millrace::codec
