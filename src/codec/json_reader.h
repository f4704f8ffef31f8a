// Reads a JSON document into a struct, by its field table.
//
// Unknown members are ignored, null means absent, the last of two equal members wins. An empty document is an empty
// structure. Strings arrive byte for byte with their escapes decoded. Uses a parser per thread; may run on any thread.
#pragma once
#include <optional>
#include <string_view>

#include "codec/field.h"
#include "codec/violation.h"

namespace millrace::codec {

// Nothing when all is well; otherwise the first thing that is wrong, and `into` is partly filled. `into` must be a
// fresh object of the type that `shape` describes.
std::optional<Violation> read_json(std::string_view text, const Shape& shape, void* into,
                                   const ReadLimits& limits = {});

template <Record S>
std::optional<Violation> read_json(std::string_view text, S& into, const ReadLimits& limits = {}) {
  return read_json(text, S::shape, &into, limits);
}

}  // namespace millrace::codec
