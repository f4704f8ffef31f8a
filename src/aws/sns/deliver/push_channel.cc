#include "aws/sns/deliver/push_channel.h"

#include <utility>

#include "aws/sns/application_attributes.h"
#include "base/log.h"
#include "codec/json_value.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view endpoint_disabled = "EndpointDisabled";

Outcome refused(std::string_view why) { return {.kind = Outcome::Kind::refused, .detail = std::string(why)}; }

// What the service calls it.
struct Failure {
  std::string_view type;
  std::string_view message;
};
Failure failure_of(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::token_dead) {
    return {"InvalidPlatformToken", "Platform token associated with the endpoint is not valid"};
  }
  if (outcome.detail == endpoint_disabled) return {endpoint_disabled, "Endpoint is disabled"};
  return {"DeliveryFailedPerm", outcome.detail};
}

}  // namespace

std::string push_payload(delivery::PushPlatform platform, const Outgoing& what) {
  if (what.notification.stored.structured) {
    const auto parsed = codec::parse_json(what.message.body, {.bytes_max = what.message.body.size()});
    const auto* own = parsed ? parsed->find(text_name(what.recipient)) : nullptr;
    if (own != nullptr && own->string() != nullptr) return *own->string();
  }
  return delivery::plain_payload(platform, what.notification.text);
}

std::expected<PushChannel::Found, Outcome> PushChannel::find(engine::Lane& lane, const std::string& key,
                                                             const EndpointName& endpoint,
                                                             delivery::PushPlatform platform) {
  if (!lane.serving()) {
    return std::unexpected(Outcome{.kind = Outcome::Kind::retry, .detail = "this part of the server is recovering"});
  }
  const Account account(lane, key);
  const auto device = account.endpoint(endpoint);
  const auto application = account.application(endpoint.application);
  if (!device || !application) return std::unexpected(refused("EndpointNotFound"));
  if (annotation(*device, enabled_attribute) == "false") return std::unexpected(refused(endpoint_disabled));
  if (annotation(*application, enabled_attribute) == "false") {
    return std::unexpected(refused("PlatformApplicationDisabled"));
  }
  return Found{.application = std::make_shared<const delivery::PushApplication>(delivery::PushApplication{
                   .id = endpoint.application.arn(),
                   .platform = platform,
                   .credentials = {.credential = annotation(*application, credential_attribute),
                                   .principal = annotation(*application, principal_attribute),
                                   .apple_team_id = annotation(*application, "ApplePlatformTeamID"),
                                   .apple_bundle_id = annotation(*application, "ApplePlatformBundleID")}}),
               .device_token = annotation(*device, token_attribute)};
}

std::string PushChannel::render(const Outgoing& what) const {
  const auto endpoint = parse_endpoint_arn(what.recipient.endpoint);
  const auto platform = endpoint ? delivery::read_push_platform(endpoint->application.platform) : std::nullopt;
  return platform ? push_payload(*platform, what) : std::string();
}

void PushChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  const auto endpoint = parse_endpoint_arn(what.recipient.endpoint);
  if (!endpoint) return done(refused("the endpoint is no platform endpoint"));
  const auto platform = delivery::read_push_platform(endpoint->application.platform);
  if (!platform) return done(refused("nothing is delivered to devices of " + endpoint->application.platform));
  delivery::Push push{.payload = std::move(body), .published = what.notification.published};
  for (const auto& each : what.notification.stored.attributes) {
    if (auto ok = delivery::read_push_attribute(*platform, each.name, each.value, push.options); !ok) {
      return done(refused(ok.error().message));
    }
  }
  auto key = account_key(endpoint->application.region, endpoint->application.account);
  const auto lane_id = engine_.lane_of(key);
  engine_.run(lane_id, core,
              [this, &core, key = std::move(key), endpoint = *endpoint, platform = *platform, push = std::move(push),
               done = std::move(done)](engine::Lane& lane) mutable {
                auto found = find(lane, key, endpoint, platform);
                core.post([this, &core, found = std::move(found), endpoint = std::move(endpoint),
                           push = std::move(push), done = std::move(done)]() mutable {
                  if (!found) return done(std::move(found.error()));
                  push.device_token = found->device_token;
                  push_.send(core, found->application, std::move(push),
                             [this, &core, endpoint = std::move(endpoint), token = found->device_token,
                              done = std::move(done)](Outcome outcome) mutable {
                               learn(core, endpoint, token, outcome);
                               done(std::move(outcome));
                             });
                });
              });
}

// What the provider says of the device token.
void PushChannel::learn(env::Core& core, const EndpointName& endpoint, const std::string& used_token,
                        const Outcome& outcome) {
  const bool dead = outcome.kind == Outcome::Kind::token_dead;
  if (!dead && outcome.replacement_token.empty()) return;
  auto key = account_key(endpoint.application.region, endpoint.application.account);
  const auto lane_id = engine_.lane_of(key);
  engine_.run(lane_id, core,
              [this, key = std::move(key), endpoint, used_token, dead,
               replacement = outcome.replacement_token](engine::Lane& lane) {
                if (!lane.serving()) return;
                Account account(lane, key);
                auto device = account.endpoint(endpoint);
                // Its owner may have given it another one meanwhile.
                if (!device || annotation(*device, token_attribute) != used_token) return;
                if (dead) annotate(*device, enabled_attribute, "false");
                if (!replacement.empty()) annotate(*device, token_attribute, replacement);
                if (auto ok = account.put_endpoint(endpoint, *device); !ok) {
                  return logging::warn("sns: {}", ok.error().message);
                }
                events_.tell(account, {.kind = EndpointEvent::Kind::updated, .endpoint = endpoint});
              });
}

void PushChannel::ended(engine::Lane& lane, const Ended& ended) {
  auto endpoint = parse_endpoint_arn(ended.recipient.endpoint);
  if (ended.delivered() || !endpoint) return;
  const auto failure = failure_of(ended.outcome);
  EndpointEvent event{.kind = EndpointEvent::Kind::delivery_failure,
                      .endpoint = std::move(*endpoint),
                      .failure_type = std::string(failure.type),
                      .failure_message = std::string(failure.message),
                      .message_id = ended.message.id,
                      .attempts = ended.attempts};
  auto key = account_key(event.endpoint.application.region, event.endpoint.application.account);
  const auto lane_id = engine_.lane_of(key);
  engine_.run(lane_id, lane.core(), [this, key = std::move(key), event = std::move(event)](engine::Lane& there) {
    if (there.serving()) events_.tell(Account(there, key), event);
  });
}

}  // namespace millrace::aws::sns::deliver
