// Opaque texts that clients carry for us: iterators and tokens. A check of eight bytes tells those that this server made
// from others, and masks what is inside, so that nobody comes to rely on it. They grant nothing by themselves.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws::kinesis {

enum class Sealed : std::uint8_t { iterator = 1, shards = 2, streams = 3, consumers = 4 };

std::string seal(Sealed kind, std::string_view fields);
// The fields; nothing when it is not one of ours, or of another kind.
std::optional<std::string> unseal(Sealed kind, std::string_view text);

}  // namespace millrace::aws::kinesis
