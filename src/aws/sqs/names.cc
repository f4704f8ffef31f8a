#include "aws/sqs/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/endpoint.h"
#include "aws/sqs/errors.h"

namespace millrace::aws::sqs {
namespace {

constexpr std::string_view service = "sqs";
constexpr std::string_view arn_start = "arn:aws:sqs:";
constexpr std::string_view legacy_path = "queue";

std::optional<QueueName> queue_of(const std::optional<ResourceParts>& parts) {
  if (!parts || !is_queue_name(parts->name)) return std::nullopt;
  return QueueName{std::string(parts->region), std::string(parts->account), std::string(parts->name)};
}

}  // namespace

std::string key_prefix(std::string_view region, std::string_view account) {
  return resource_key_prefix(service, region, account);
}

std::string QueueName::key() const { return resource_key(service, region, account, name); }

std::string QueueName::arn() const { return fmt::format("{}{}:{}:{}", arn_start, region, account, name); }

std::string QueueName::url(std::string_view base_url) const { return fmt::format("{}/{}/{}", base_url, account, name); }

std::optional<QueueName> parse_key(std::string_view key) { return queue_of(split_resource_key(service, key)); }

std::optional<QueueName> parse_arn(std::string_view arn) {
  if (!arn.starts_with(arn_start)) return std::nullopt;
  return queue_of(split_resource(arn.substr(arn_start.size()), ':'));
}

bool is_queue_name(std::string_view name) {
  if (name.size() > queue_name_max) return false;
  if (name.ends_with(fifo_suffix)) name.remove_suffix(fifo_suffix.size());
  return is_plain_name(name, queue_name_max);
}

Outcome<void> check_new_name(std::string_view name, bool fifo) {
  if (name.empty()) return refuse(invalid_parameter("Queue name cannot be empty"));
  if (!fifo && !is_plain_name(name, queue_name_max)) {
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
