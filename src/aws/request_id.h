// Identifiers: UUIDs of version 4 (RFC 9562) and their text.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "env/core.h"

namespace millrace::aws {

using Uuid = std::array<std::uint8_t, 16>;
using UuidText = std::array<char, 36>;

Uuid random_uuid(env::Core& core);
UuidText text_of(const Uuid& uuid);
inline std::string_view view(const UuidText& text) { return {text.data(), text.size()}; }
// Of the form 8-4-4-4-12, in either case.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace millrace::aws
