#include "delivery/push.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "codec/json_writer.h"
#include "delivery/adm.h"
#include "delivery/apns.h"
#include "delivery/fcm.h"

namespace millrace::delivery {
namespace {

struct Platform {
  PushPlatform platform;
  std::string_view name;
  std::string_view attributes;  // what stands between "AWS.SNS.MOBILE." and ".TTL"
};

constexpr Platform platforms[] = {
    {PushPlatform::apns, "APNS", "APNS"},
    {PushPlatform::apns_sandbox, "APNS_SANDBOX", "APNS_SANDBOX"},
    {PushPlatform::apns_voip, "APNS_VOIP", "APNS_VOIP"},
    {PushPlatform::apns_voip_sandbox, "APNS_VOIP_SANDBOX", "APNS_VOIP_SANDBOX"},
    {PushPlatform::macos, "MACOS", "MACOS"},
    {PushPlatform::macos_sandbox, "MACOS_SANDBOX", "MACOS_SANDBOX"},
    {PushPlatform::fcm, "GCM", "FCM"},
    {PushPlatform::adm, "ADM", "ADM"},
};

constexpr std::string_view attribute_prefix = "AWS.SNS.MOBILE.";

const Platform& row_of(PushPlatform platform) { return *std::ranges::find(platforms, platform, &Platform::platform); }

bool is_of_apple(PushPlatform platform) { return platform != PushPlatform::fcm && platform != PushPlatform::adm; }

template <class Number>
Result<void> read_number(std::string_view name, std::string_view value, std::optional<Number>& into) {
  Number number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 0) {
    return fail(ErrorCode::invalid, fmt::format("{}: '{}' is not a number from 0 on", name, value));
  }
  into = number;
  return {};
}

}  // namespace

std::optional<PushPlatform> read_push_platform(std::string_view name) {
  const auto found = std::ranges::find(platforms, name, &Platform::name);
  return found == std::end(platforms) ? std::nullopt : std::optional(found->platform);
}

std::string_view name_of(PushPlatform platform) { return row_of(platform).name; }

Result<void> read_push_attribute(PushPlatform platform, std::string_view name, std::string_view value,
                                 PushOptions& options) {
  if (!name.starts_with(attribute_prefix)) return {};
  const auto rest = name.substr(attribute_prefix.size());
  const auto dot = rest.find('.');
  // The old name of FCM is accepted too.
  const auto of = rest.substr(0, dot) == "GCM" ? "FCM" : rest.substr(0, dot);
  if (dot == std::string_view::npos || of != row_of(platform).attributes) return {};
  const auto option = rest.substr(dot + 1);
  if (option == "TTL") return read_number(name, value, options.ttl_seconds);
  if (!is_of_apple(platform)) return {};
  if (option == "PRIORITY") return read_number(name, value, options.priority);
  if (option == "TOPIC") options.topic = value;
  if (option == "PUSH_TYPE") options.push_type = value;
  if (option == "COLLAPSE_ID") options.collapse_id = value;
  return {};
}

std::string plain_payload(PushPlatform platform, std::string_view text) {
  std::string payload = is_of_apple(platform) ? R"({"aps":{"alert":)" : R"({"data":{"default":)";
  codec::write_json_string(text, payload);
  return payload + "}}";
}

void PushProvider::send(Push push, Callback<void(Outcome)> done) {
  if (auto& ttl = push.options.ttl_seconds; ttl && *ttl > 0) {
    const auto waited = std::chrono::floor<std::chrono::seconds>(core_.now() - push.published).count();
    if (*ttl <= waited) {
      return done({.kind = Outcome::Kind::refused,
                   .detail = fmt::format("its time to live of {} s ended before it could be sent", *ttl)});
    }
    if (waited > 0) *ttl -= waited;
  }
  start(std::move(push), std::move(done));
}

Result<std::shared_ptr<PushProvider>> make_push_provider(PushPlatform platform, const PlatformCredentials& credentials,
                                                         const PushUrls& urls, env::Core& core, HttpClient& http) {
  if (platform == PushPlatform::fcm) return make_fcm_provider(credentials, urls, core, http);
  if (platform == PushPlatform::adm) return make_adm_provider(credentials, urls, core, http);
  return make_apns_provider(platform, credentials, urls, core, http);
}

}  // namespace millrace::delivery
