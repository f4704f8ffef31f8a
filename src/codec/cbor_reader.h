// Reads a CBOR request into a struct, by its field table, in one pass and with one copy of each string and blob.
//
// It gives the same struct and the same violations in the same places as read_json() does for the same request. Lengths
// may be definite or indefinite; null and undefined are absence; of two members with one name the last counts; unknown
// members are skipped; tags are ignored where they are not a time's. A whole number may be a float that has no fraction.
#pragma once
#include <optional>
#include <string_view>

#include "codec/cbor.h"
#include "codec/field.h"
#include "codec/violation.h"

namespace millrace::codec {

// Empty bytes are an empty structure. Blobs are byte strings; text is none.
std::optional<Violation> read_cbor(std::string_view bytes, CborDialect dialect, const Shape& shape, void* into,
                                   const ReadLimits& limits = {});

template <Record S>
std::optional<Violation> read_cbor(std::string_view bytes, CborDialect dialect, S& into,
                                   const ReadLimits& limits = {}) {
  return read_cbor(bytes, dialect, S::shape, &into, limits);
}

}  // namespace millrace::codec
