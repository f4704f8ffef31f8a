// PushService: the providers of all platform applications, found by application and called from any core.
//
// The providers live on one core, so that an application has one login however many cores push for it; a push goes there and
// its outcome comes back to the core that sent it. Destroyed when no core runs any more.
#pragma once
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/callback.h"
#include "delivery/http_client.h"
#include "delivery/push.h"
#include "env/core.h"

namespace millrace::delivery {

struct PushApplication {
  std::string id;  // the ARN: whatever stays the same when its credentials change
  PushPlatform platform = PushPlatform::apns;
  PlatformCredentials credentials;
};

class PushService {
 public:
  // More than these log in anew when it is their turn again.
  static constexpr std::size_t providers_max = 1'000;

  // The client must outlive this.
  PushService(env::Core& core, HttpClient& http, PushUrls urls) : core_(core), http_(http), urls_(std::move(urls)) {}

  // Any core; `done` runs on `home`. Credentials that cannot be used give `refused`.
  void send(env::Core& home, std::shared_ptr<const PushApplication> application, Push push,
            Callback<void(Outcome)> done);

  // What is wrong with an application's credentials as far as that shows without its provider. Any core.
  Result<void> check_credentials(PushPlatform platform, const PlatformCredentials& credentials) const;

 private:
  struct Entry {
    std::shared_ptr<const PushApplication> application;
    std::shared_ptr<PushProvider> provider;
  };
  void send_here(std::shared_ptr<const PushApplication> application, Push push, Callback<void(Outcome)> done);
  Result<std::shared_ptr<PushProvider>> provider_of(std::shared_ptr<const PushApplication> application);

  env::Core& core_;
  HttpClient& http_;
  const PushUrls urls_;
  std::list<Entry> entries_;  // the one that was used last comes first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_id_;
};

}  // namespace millrace::delivery
