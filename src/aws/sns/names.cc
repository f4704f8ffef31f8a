#include "aws/sns/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/request_id.h"
#include "aws/sns/errors.h"

namespace millrace::aws::sns {
namespace {

constexpr std::string_view service = "sns";
constexpr std::string_view application_start = "app/";
constexpr std::string_view endpoint_start = "endpoint/";
constexpr std::size_t arn_parts_min = 6;

bool is_application_name(std::string_view name) {
  return !name.empty() && name.size() <= name_max &&
         std::ranges::all_of(name, [](char c) { return is_name_character(c) || c == '.'; });
}

std::string_view cut(std::string_view& text, char at) {
  const auto end = std::min(text.find(at), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_of(const Caller& caller, std::string_view region) { return caller.anonymous || region == caller.region; }

// "PLATFORM/NAME", of which `rest` keeps what follows the name.
std::optional<ApplicationName> read_application(const Arn& arn, std::string_view start, std::string_view& rest) {
  if (arn.service != service || !arn.resource.starts_with(start)) return std::nullopt;
  rest = arn.resource.substr(start.size());
  const auto platform = cut(rest, '/');
  const auto name = cut(rest, '/');
  if (!is_application_name(platform) || !is_application_name(name) || !is_region(arn.region) ||
      !is_account(arn.account)) {
    return std::nullopt;
  }
  return ApplicationName{std::string(arn.region), std::string(arn.account), std::string(platform), std::string(name)};
}

std::optional<EndpointName> read_endpoint(const Arn& arn) {
  std::string_view id;
  auto application = read_application(arn, endpoint_start, id);
  if (!application || !parse_uuid(id)) return std::nullopt;
  return EndpointName{std::move(*application), std::string(id)};
}

}  // namespace

std::string key_prefix(std::string_view region, std::string_view account) {
  return resource_key_prefix(service, region, account);
}

std::string account_key(std::string_view region, std::string_view account) {
  return fmt::format("{}{}/{}", account_key_start, region, account);
}

std::string TopicName::key() const { return resource_key(service, region, account, name); }

std::string TopicName::arn() const { return fmt::format("arn:aws:sns:{}:{}:{}", region, account, name); }

std::optional<TopicName> parse_key(std::string_view key) {
  const auto parts = split_resource_key(service, key);
  if (!parts || !is_topic_name(parts->name)) return std::nullopt;
  return TopicName{std::string(parts->region), std::string(parts->account), std::string(parts->name)};
}

bool is_topic_name(std::string_view name) {
  if (name.ends_with(fifo_suffix)) name.remove_suffix(fifo_suffix.size());
  return is_plain_name(name, name_max);
}

std::string SubscriptionName::arn() const { return fmt::format("{}:{}", topic.arn(), view(text_of(id))); }

std::string ApplicationName::arn() const {
  return fmt::format("arn:aws:sns:{}:{}:{}{}/{}", region, account, application_start, platform, name);
}

std::string EndpointName::arn() const {
  return fmt::format("arn:aws:sns:{}:{}:{}{}/{}/{}", application.region, application.account, endpoint_start,
                     application.platform, application.name, id);
}

std::optional<EndpointName> parse_endpoint_arn(std::string_view text) {
  const auto arn = parse_arn(text);
  return arn ? read_endpoint(*arn) : std::nullopt;
}

std::optional<Arn> parse_arn(std::string_view text) {
  if (static_cast<std::size_t>(std::ranges::count(text, ':')) + 1 < arn_parts_min) return std::nullopt;
  if (cut(text, ':') != "arn" || !cut(text, ':').starts_with("aws")) return std::nullopt;
  Arn arn;
  arn.service = cut(text, ':');
  arn.region = cut(text, ':');
  arn.account = cut(text, ':');
  arn.resource = text;
  return arn;
}

Outcome<Arn> read_arn(std::string_view text, std::string_view parameter) {
  const auto parts = static_cast<std::size_t>(std::ranges::count(text, ':')) + 1;
  if (parts < arn_parts_min) {
    return refuse(
        invalid(parameter, fmt::format("An ARN must have at least {} elements, not {}", arn_parts_min, parts)));
  }
  const auto arn = parse_arn(text);
  if (!arn) return refuse(invalid(parameter, fmt::format("{} does not start with arn", text)));
  return *arn;
}

Outcome<TopicName> resolve_topic(std::string_view text, const Caller& caller, std::string_view parameter) {
  const auto arn = read_arn(text, parameter);
  if (!arn) return refuse(arn.error());
  if (arn->service != service || !is_region(arn->region) || !is_account(arn->account) || !is_of(caller, arn->region) ||
      !is_topic_name(arn->resource)) {
    return refuse(invalid(parameter));
  }
  return TopicName{std::string(arn->region), std::string(arn->account), std::string(arn->resource)};
}

Outcome<SubscriptionName> resolve_subscription(std::string_view text, const Caller& caller) {
  constexpr std::string_view parameter = "SubscriptionArn";
  const auto arn = read_arn(text, parameter);
  if (!arn) return refuse(arn.error());
  const auto colon = arn->resource.rfind(':');
  if (colon == std::string_view::npos) return refuse(invalid("SubscriptionId"));
  const auto id = parse_uuid(arn->resource.substr(colon + 1));
  if (!id) return refuse(invalid("SubscriptionId"));
  const auto name = arn->resource.substr(0, colon);
  if (arn->service != service || !is_region(arn->region) || !is_account(arn->account) || !is_of(caller, arn->region) ||
      !is_topic_name(name)) {
    return refuse(invalid(parameter));
  }
  return SubscriptionName{{std::string(arn->region), std::string(arn->account), std::string(name)}, *id};
}

Outcome<ApplicationName> resolve_application(std::string_view text, const Caller& caller) {
  constexpr std::string_view parameter = "PlatformApplicationArn";
  const auto arn = read_arn(text, parameter);
  if (!arn) return refuse(arn.error());
  std::string_view rest;
  auto application = read_application(*arn, application_start, rest);
  if (!application || !rest.empty() || !is_of(caller, arn->region)) return refuse(invalid(parameter));
  return std::move(*application);
}

Outcome<EndpointName> resolve_endpoint(std::string_view text, const Caller& caller) {
  constexpr std::string_view parameter = "EndpointArn";
  const auto arn = read_arn(text, parameter);
  if (!arn) return refuse(arn.error());
  auto endpoint = read_endpoint(*arn);
  if (!endpoint || !is_of(caller, arn->region)) return refuse(invalid(parameter));
  return std::move(*endpoint);
}

}  // namespace millrace::aws::sns
