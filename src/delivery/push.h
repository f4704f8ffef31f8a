// Mobile push: what the services that reach an application on a device have in common.
//
// A provider is one application's login at one such service (APNs, FCM, ADM). It lives on one core and is used from there
// only; its answers come back there. Owned through a shared_ptr, which each call under way shares, so that it may be let go
// at any time. push_service.h finds the provider and does the way between cores.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/callback.h"
#include "base/result.h"
#include "base/time.h"
#include "delivery/http_client.h"
#include "delivery/outcome.h"
#include "env/core.h"

namespace millrace::delivery {

enum class PushPlatform : std::uint8_t {
  apns,
  apns_sandbox,
  apns_voip,
  apns_voip_sandbox,
  macos,
  macos_sandbox,
  fcm,  // the name is GCM
  adm,
};

// By the names of platform applications: APNS, APNS_SANDBOX, APNS_VOIP, APNS_VOIP_SANDBOX, MACOS, MACOS_SANDBOX, GCM, ADM.
// Nothing for those that no provider here serves (BAIDU, MPNS, WNS).
std::optional<PushPlatform> read_push_platform(std::string_view name);
std::string_view name_of(PushPlatform platform);

// As the attributes of a platform application give them.
struct PlatformCredentials {
  std::string
      credential;  // PlatformCredential: APNs: the signing key; FCM: the service account; ADM: the client's secret
  std::string principal;  // PlatformPrincipal: APNs: the signing key's id; FCM: not used; ADM: the client's id
  std::string apple_team_id;
  std::string apple_bundle_id;
  bool operator==(const PlatformCredentials&) const = default;
};

// What the reserved message attributes ask for.
struct PushOptions {
  std::optional<std::int64_t> ttl_seconds;  // from the publication on
  std::string topic;                        // APNs only, like those below
  std::string push_type;
  std::string collapse_id;
  std::optional<int> priority;
};

// Takes one message attribute into account: AWS.SNS.MOBILE.APNS.TTL and its like, if it is one of this platform's. Numbers
// that are none are refused (ErrorCode::invalid, with the attribute's name in the message).
Result<void> read_push_attribute(PushPlatform platform, std::string_view name, std::string_view value,
                                 PushOptions& options);

struct Push {
  std::string device_token;
  std::string payload;  // JSON in the platform's own form
  PushOptions options;
  Time published{};
};

// A payload that shows `text`, for a message without one of its own for the platform.
std::string plain_payload(PushPlatform platform, std::string_view text);

class PushProvider : public std::enable_shared_from_this<PushProvider> {
 public:
  virtual ~PushProvider() = default;
  PushProvider(const PushProvider&) = delete;
  PushProvider& operator=(const PushProvider&) = delete;

  // `done` runs on this core, perhaps before send() returns. A push whose time to live is over is refused unsent.
  void send(Push push, Callback<void(Outcome)> done);

 protected:
  PushProvider(env::Core& core, HttpClient& http) : core_(core), http_(http) {}
  // `push.options.ttl_seconds` is now what is left.
  virtual void start(Push push, Callback<void(Outcome)> done) = 0;

  env::Core& core_;
  HttpClient& http_;
};

// Where the providers are; another server for tests or behind a proxy. Without a slash at the end.
struct PushUrls {
  std::string apns = "https://api.push.apple.com";
  std::string apns_sandbox = "https://api.sandbox.push.apple.com";
  std::string fcm = "https://fcm.googleapis.com";
  std::string fcm_token;  // empty: the one that the service account names
  std::string adm = "https://api.amazon.com";
  std::string adm_token = "https://api.amazon.com/auth/O2/token";
};

// Checks the credentials as far as that is possible without asking the provider: ErrorCode::invalid says which attribute
// is wrong and how, ErrorCode::unsupported what is not offered here.
Result<std::shared_ptr<PushProvider>> make_push_provider(PushPlatform platform, const PlatformCredentials& credentials,
                                                         const PushUrls& urls, env::Core& core, HttpClient& http);

}  // namespace millrace::delivery
