#include "aws/resource_name.h"

#include <algorithm>

#include "aws/identity.h"

namespace millrace::aws {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_plain_name(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most && std::ranges::all_of(name, is_name_character);
}

std::string resource_key(std::string_view service, std::string_view region, std::string_view account,
                         std::string_view name) {
  std::string key;
  key.reserve(service.size() + region.size() + account.size() + name.size() + 3);
  return key.append(service).append("/").append(region).append("/").append(account).append("/").append(name);
}

std::string resource_key_prefix(std::string_view service, std::string_view region, std::string_view account) {
  return resource_key(service, region, account, {});
}

std::optional<ResourceParts> split_resource(std::string_view text, char mark) {
  const auto first = text.find(mark);
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(mark, first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const ResourceParts parts{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
  if (!is_region(parts.region) || !is_account(parts.account)) return std::nullopt;
  return parts;
}

std::optional<ResourceParts> split_resource_key(std::string_view service, std::string_view key) {
  if (!key.starts_with(service) || !key.substr(service.size()).starts_with('/')) return std::nullopt;
  return split_resource(key.substr(service.size() + 1), '/');
}

}  // namespace millrace::aws
