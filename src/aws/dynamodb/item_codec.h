// Items as they are stored: docs/format/dynamodb.md.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "aws/dynamodb/value.h"
#include "base/bytes.h"

namespace millrace::aws::dynamodb {

// Deeper ones are refused before they come here; a reader of damaged bytes stops there.
inline constexpr int stored_depth_max = 64;

void encode(const Value& value, ByteWriter& out);
// False when the bytes are not a value; `out` is then unspecified.
bool decode(ByteReader& in, Value& out);

std::string encode_item(const Attributes& item);
// Nothing when the bytes are not exactly one item.
std::optional<Attributes> decode_item(std::string_view bytes);
// What size_of() gives for the item, without decoding it.
std::size_t stored_size(std::string_view bytes);

}  // namespace millrace::aws::dynamodb
