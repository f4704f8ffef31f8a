#include "delivery/push_service.h"

namespace millrace::delivery {

void PushService::send(env::Core& home, std::shared_ptr<const PushApplication> application, Push push,
                       Callback<void(Outcome)> done) {
  if (&home == &core_) return send_here(std::move(application), std::move(push), std::move(done));
  core_.post(
      [this, &home, application = std::move(application), push = std::move(push), done = std::move(done)]() mutable {
        send_here(std::move(application), std::move(push), [&home, done = std::move(done)](Outcome outcome) mutable {
          home.post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
        });
      });
}

Result<void> PushService::check_credentials(PushPlatform platform, const PlatformCredentials& credentials) const {
  auto provider = make_push_provider(platform, credentials, urls_, core_, http_);
  if (!provider) return pass(provider);
  return {};
}

void PushService::send_here(std::shared_ptr<const PushApplication> application, Push push,
                            Callback<void(Outcome)> done) {
  auto provider = provider_of(std::move(application));
  if (!provider) return done({.kind = Outcome::Kind::refused, .detail = provider.error().message});
  (*provider)->send(std::move(push), std::move(done));
}

Result<std::shared_ptr<PushProvider>> PushService::provider_of(std::shared_ptr<const PushApplication> application) {
  if (const auto found = by_id_.find(application->id); found != by_id_.end()) {
    const auto entry = found->second;
    const auto& known = *entry->application;
    if (known.platform == application->platform && known.credentials == application->credentials) {
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->provider;
    }
    entries_.erase(entry);
    by_id_.erase(found);
  }
  auto provider = make_push_provider(application->platform, application->credentials, urls_, core_, http_);
  if (!provider) return provider;
  if (entries_.size() == providers_max) {
    by_id_.erase(entries_.back().application->id);
    entries_.pop_back();
  }
  entries_.push_front({application, *provider});
  by_id_.emplace(application->id, entries_.begin());
  return provider;
}

}  // namespace millrace::delivery
