#include "aws/sqs/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/endpoint.h"
#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view key_start = "sqs/";
constexpr std::string_view arn_start = "arn:aws:sqs:";
constexpr std::string_view legacy_path = "queue";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= queue_name_max && std::ranges::all_of(name, is_name_character);
}

// "REGION<mark>ACCOUNT<mark>NAME"
std::optional<QueueName> split(std::string_view text, char mark) {
  const auto first = text.find(mark);
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(mark, first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto region = text.substr(0, first);
  const auto account = text.substr(first + 1, second - first - 1);
  const auto name = text.substr(second + 1);
  if (!is_region(region) || !is_account(account) || !is_queue_name(name)) return std::nullopt;
  return QueueName{std::string(region), std::string(account), std::string(name)};
}

}  // namespace

std::string key_prefix(std::string_view region, std::string_view account) {
  return fmt::format("{}{}/{}/", key_start, region, account);
}

std::string QueueName::key() const {
  std::string key;
  key.reserve(key_start.size() + region.size() + account.size() + name.size() + 2);
  return key.append(key_start).append(region).append("/").append(account).append("/").append(name);
}

std::string QueueName::arn() const { return fmt::format("{}{}:{}:{}", arn_start, region, account, name); }

std::string QueueName::url(std::string_view base_url) const { return fmt::format("{}/{}/{}", base_url, account, name); }

std::optional<QueueName> parse_key(std::string_view key) {
  if (!key.starts_with(key_start)) return std::nullopt;
  return split(key.substr(key_start.size()), '/');
}

std::optional<QueueName> parse_arn(std::string_view arn) {
  if (!arn.starts_with(arn_start)) return std::nullopt;
  return split(arn.substr(arn_start.size()), ':');
}

bool is_queue_name(std::string_view name) {
  if (name.size() > queue_name_max) return false;
  if (name.ends_with(fifo_suffix)) name.remove_suffix(fifo_suffix.size());
  return is_plain_name(name);
}

Outcome<void> check_new_name(std::string_view name, bool fifo) {
  if (name.empty()) return refuse(invalid_parameter("Queue name cannot be empty"));
  if (!fifo && !is_plain_name(name)) {
    return refuse(
        invalid_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
  }
  if (fifo && (!name.ends_with(fifo_suffix) || !is_queue_name(name))) {
    return refuse(invalid_parameter(
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
        ".fifo suffix and be 1 to 80 in length"));
  }
  return {};
}

std::optional<QueuePath> parse_path(std::string_view path) {
  constexpr std::size_t parts_max = 4;
  std::array<std::string_view, parts_max> parts;
  std::size_t count = 0;
  if (!path.starts_with('/')) return std::nullopt;
  if (path.ends_with('/')) path.remove_suffix(1);  // JavaScript's SDK adds one
  while (!path.empty()) {
    if (count == parts_max) return std::nullopt;
    path.remove_prefix(1);
    parts[count] = path.substr(0, path.find('/'));
    path.remove_prefix(parts[count++].size());
  }
  if (count == 0 || !is_queue_name(parts[count - 1])) return std::nullopt;
  QueuePath result{.name = parts[count - 1]};
  const bool legacy = parts[0] == legacy_path;
  if (legacy ? count < 2 : count != 2) return std::nullopt;
  if (!legacy || count > 2) result.account = parts[count - 2];
  if (legacy && count == 4) result.region = parts[1];
  if (!result.account.empty() && !is_account(result.account)) return std::nullopt;
  if (!result.region.empty() && !is_region(result.region)) return std::nullopt;
  return result;
}

Outcome<QueueName> resolve_queue(std::string_view queue_url, const Caller& caller) {
  if (queue_url.empty()) return refuse(missing_parameter("QueueUrl"));
  QueueName result{caller.region, caller.account, {}};
  if (is_queue_name(queue_url)) {
    result.name = queue_url;
    return result;
  }
  std::string_view path = queue_url;
  std::string_view region;
  if (const auto scheme = queue_url.find("://"); scheme != std::string_view::npos) {
    const auto rest = queue_url.substr(scheme + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    region = read_host(rest.substr(0, slash)).region;
    path = rest.substr(slash);
  }
  const auto parts = parse_path(path);
  if (!parts) return refuse(invalid_address(queue_url));
  if (!parts->region.empty()) region = parts->region;
  if (!region.empty() && region != caller.region) {
    // Without credentials the address is all that says which region is meant.
    if (!caller.anonymous) return refuse(invalid_address(queue_url));
    result.region = region;
  }
  if (!parts->account.empty()) result.account = parts->account;
  result.name = parts->name;
  return result;
}

}  // namespace millrace::aws::sqs
