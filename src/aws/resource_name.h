// Names of queues and topics: what their services have in common.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::aws {

inline constexpr std::string_view fifo_suffix = ".fifo";

// A letter, a digit, a hyphen or an underscore.
bool is_name_character(char c);
// 1 to `most` of those.
bool is_plain_name(std::string_view name, std::size_t most);

// In the broker: "SERVICE/REGION/ACCOUNT/NAME", and what all such keys of an account in a region begin with.
std::string resource_key(std::string_view service, std::string_view region, std::string_view account,
                         std::string_view name);
std::string resource_key_prefix(std::string_view service, std::string_view region, std::string_view account);

struct ResourceParts {
  std::string_view region;
  std::string_view account;
  std::string_view name;
};
// "REGION<mark>ACCOUNT<mark>NAME", of which the first two have the forms of regions and accounts.
std::optional<ResourceParts> split_resource(std::string_view text, char mark);
// What resource_key() gave for this service.
std::optional<ResourceParts> split_resource_key(std::string_view service, std::string_view key);

}  // namespace millrace::aws
