#include "delivery/adm.h"

#include <fmt/format.h>

#include <utility>

#include "codec/json_value.h"
#include "codec/text.h"
#include "delivery/answer.h"
#include "delivery/push_token.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;

class AdmProvider final : public TokenPushProvider {
 public:
  AdmProvider(env::Core& core, HttpClient& http, std::shared_ptr<AccessToken> token, std::string url)
      : TokenPushProvider(core, http, std::move(token)), url_(std::move(url)) {}

 private:
  Result<HttpCall> make_call(const Push& push) const override;
  Outcome read_answer(const HttpAnswer& answer, std::string_view device_token) const override {
    return read_adm_answer(answer, device_token);
  }

  const std::string url_;
};

// The attribute wins over what the payload says.
Result<std::string> body_of(const Push& push) {
  auto body = codec::parse_json(push.payload);
  auto* members = body ? std::get_if<codec::JsonValue::Object>(&body->data) : nullptr;
  if (!members) return fail(ErrorCode::invalid, "the payload for ADM is not a JSON object");
  if (const auto ttl = push.options.ttl_seconds) {
    std::erase_if(*members, [](const codec::JsonMember& member) { return member.name == "expiresAfter"; });
    members->push_back({"expiresAfter", {*ttl}});
  }
  std::string text;
  codec::write_json(*body, text);
  return text;
}

Result<HttpCall> AdmProvider::make_call(const Push& push) const {
  if (push.options.ttl_seconds == 0) return fail(ErrorCode::invalid, "ADM knows no time to live of 0");
  auto body = body_of(push);
  if (!body) return pass(body);
  HttpCall call{.url = url_ + "/messaging/registrations/",
                .headers = {{"content-type", "application/json"},
                            {"accept", "application/json"},
                            {"x-amzn-type-version", "com.amazon.device.messaging.ADMMessage@1.0"},
                            {"x-amzn-accept-type", "com.amazon.device.messaging.ADMSendResult@1.0"}},
                .body = std::make_shared<const std::string>(std::move(*body)),
                .by_operator = true};
  codec::percent_encode(push.device_token, call.url);
  call.url += "/messages";
  return call;
}

}  // namespace

Outcome read_adm_answer(const HttpAnswer& answer, std::string_view device_token) {
  Outcome outcome{.status = answer.status, .message_id = std::string(header_of(answer, "x-amzn-requestid"))};
  const auto body = codec::parse_json(answer.body);
  if (answer.status == 200) {
    outcome.kind = Kind::delivered;
    auto now = text_member(body, "registrationID");
    if (now != device_token) outcome.replacement_token = std::move(now);
    return outcome;
  }
  outcome.detail = text_member(body, "reason");
  if (outcome.detail == "Unregistered" || outcome.detail == "InvalidRegistrationId") {
    outcome.kind = Kind::token_dead;
  } else {
    // 401 says that the access token is over; the next attempt has another one.
    outcome.kind = answer.status == 401 ? Kind::retry : kind_of_failure(answer.status);
  }
  return outcome;
}

Result<std::shared_ptr<PushProvider>> make_adm_provider(const PlatformCredentials& credentials, const PushUrls& urls,
                                                        env::Core& core, HttpClient& http) {
  if (credentials.principal.empty()) return fail(ErrorCode::invalid, "PlatformPrincipal is empty");
  if (credentials.credential.empty()) return fail(ErrorCode::invalid, "PlatformCredential is empty");
  auto ask = [url = urls.adm_token, id = credentials.principal, secret = credentials.credential] {
    auto call = token_call(url, {{"grant_type", "client_credentials"},
                                 {"scope", "messaging:push"},
                                 {"client_id", id},
                                 {"client_secret", secret}});
    call.by_operator = true;
    return call;
  };
  return std::make_shared<AdmProvider>(core, http, std::make_shared<AccessToken>(core, http, std::move(ask)), urls.adm);
}

}  // namespace millrace::delivery
