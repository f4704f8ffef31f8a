#include "delivery/fcm.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "codec/text.h"
#include "delivery/answer.h"
#include "delivery/jwt.h"
#include "delivery/push_token.h"

namespace millrace::delivery {
namespace {

using codec::JsonMember;
using codec::JsonValue;
using Kind = Outcome::Kind;
using Object = JsonValue::Object;

constexpr std::string_view scope = "https://www.googleapis.com/auth/firebase.messaging";
constexpr std::int64_t assertion_seconds = 3600;  // the most that Google takes

// Where a member of the former API goes in a message of v1: a path of members, and how its value is written there.
enum class Form { as_is, seconds, upper, list, flag };
struct Rewrite {
  std::string_view from;
  std::string_view to;
  Form form = Form::as_is;
};

constexpr Rewrite of_message[] = {
    {"collapse_key", "android.collapse_key"},
    {"priority", "android.priority", Form::upper},
    {"time_to_live", "android.ttl", Form::seconds},
    {"restricted_package_name", "android.restricted_package_name"},
    {"content_available", "apns.payload.aps.content-available", Form::flag},
    {"mutable_content", "apns.payload.aps.mutable-content", Form::flag},
};

constexpr Rewrite of_notification[] = {
    {"title", "notification.title"},
    {"body", "notification.body"},
    {"image", "notification.image"},
    {"icon", "android.notification.icon"},
    {"color", "android.notification.color"},
    {"sound", "android.notification.sound"},
    {"tag", "android.notification.tag"},
    {"click_action", "android.notification.click_action"},
    {"android_channel_id", "android.notification.channel_id"},
    {"body_loc_key", "android.notification.body_loc_key"},
    {"body_loc_args", "android.notification.body_loc_args", Form::list},
    {"title_loc_key", "android.notification.title_loc_key"},
    {"title_loc_args", "android.notification.title_loc_args", Form::list},
};

Object* object_in(JsonValue& value) { return std::get_if<Object>(&value.data); }

// The member of this name, made if there is none.
JsonValue& member(Object& object, std::string_view name) {
  const auto found = std::ranges::find(object, name, &JsonMember::name);
  return found != object.end() ? found->value : object.emplace_back(std::string(name), JsonValue{}).value;
}

// What lies at the end of "a.b.c"; what is on the way and no object becomes one.
JsonValue& at_path(JsonValue& root, std::string_view path) {
  if (!object_in(root)) root.data = Object{};
  const auto dot = path.find('.');
  auto& next = member(*object_in(root), path.substr(0, dot));
  return dot == std::string_view::npos ? next : at_path(next, path.substr(dot + 1));
}

// Strings as they are, anything else as the JSON that it was.
std::string text_of(const JsonValue& value) {
  if (const auto* text = value.string()) return *text;
  std::string text;
  codec::write_json(value, text);
  return text;
}

JsonValue rewritten(const JsonValue& value, Form form) {
  switch (form) {
    case Form::as_is: return value;
    case Form::seconds: return {text_of(value) + "s"};
    case Form::flag: return {std::int64_t{text_of(value) == "true" || text_of(value) == "1" ? 1 : 0}};
    case Form::upper: {
      auto text = text_of(value);
      std::ranges::transform(text, text.begin(),
                             [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      return {std::move(text)};
    }
    case Form::list: {
      // The former API takes a list and the text of one alike.
      auto list = value.string() ? codec::parse_json(*value.string()) : Result<JsonValue>(value);
      return list && list->array() ? std::move(*list) : JsonValue{JsonValue::Array{value}};
    }
  }
  return value;
}

void rewrite(const JsonValue& from, std::span<const Rewrite> rules, JsonValue& message) {
  for (const auto& rule : rules) {
    if (const auto* value = from.find(rule.from)) at_path(message, rule.to) = rewritten(*value, rule.form);
  }
}

// v1 takes strings only.
void make_strings_of(JsonValue& data) {
  auto* members = object_in(data);
  if (!members) return;
  for (auto& one : *members) one.value = JsonValue{text_of(one.value)};
}

JsonValue from_former(const JsonValue& payload) {
  JsonValue message{Object{}};
  if (const auto* notification = payload.find("notification")) rewrite(*notification, of_notification, message);
  if (const auto* data = payload.find("data")) at_path(message, "data") = *data;
  rewrite(payload, of_message, message);
  JsonValue request{Object{}};
  if (const auto* dry = payload.find("dry_run")) at_path(request, "validate_only") = *dry;
  at_path(request, "message") = std::move(message);
  return request;
}

class FcmProvider final : public TokenPushProvider {
 public:
  FcmProvider(env::Core& core, HttpClient& http, std::shared_ptr<AccessToken> token, std::string url)
      : TokenPushProvider(core, http, std::move(token)), url_(std::move(url)) {}

 private:
  Result<HttpCall> make_call(const Push& push) const override {
    auto body = fcm_body(push);
    if (!body) return pass(body);
    return HttpCall{.url = url_,
                    .headers = {{"content-type", "application/json"}},
                    .body = std::make_shared<const std::string>(std::move(*body)),
                    .by_operator = true};
  }
  Outcome read_answer(const HttpAnswer& answer, std::string_view) const override { return read_fcm_answer(answer); }

  const std::string url_;
};

struct ServiceAccount {
  std::string project;
  std::string email;
  std::string key_id;
  std::string token_url;
  bool token_url_by_operator = false;  // otherwise it is in the file, which whoever makes an application chooses
};

// Signed for an hour from now, since it is used at once.
HttpCall ask_for_token(const ServiceAccount& account, const SigningKey& key, Time now) {
  const auto quoted = [](std::string_view text) {
    std::string result;
    codec::write_json_string(text, result);
    return result;
  };
  const auto seconds = to_ms(now) / 1000;
  const auto header = fmt::format(R"({{"alg":"RS256","typ":"JWT","kid":{}}})", quoted(account.key_id));
  const auto claims = fmt::format(R"({{"iss":{},"scope":{},"aud":{},"iat":{},"exp":{}}})", quoted(account.email),
                                  quoted(scope), quoted(account.token_url), seconds, seconds + assertion_seconds);
  auto call = token_call(account.token_url, {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                             {"assertion", make_jwt(key, header, claims)}});
  call.by_operator = account.token_url_by_operator;
  return call;
}

// The code of an error of FCM stands in its details; other errors of Google have a status only.
std::string error_code(const JsonValue& error) {
  const auto* details = error.find("details");
  const auto* list = details ? details->array() : nullptr;
  if (!list) return {};
  for (const auto& detail : *list) {
    const auto* code = detail.find("errorCode");
    if (code && code->string()) return *code->string();
  }
  return {};
}

constexpr std::pair<std::string_view, Kind> codes[] = {
    {"UNREGISTERED", Kind::token_dead},
    {"INVALID_ARGUMENT", Kind::refused},
    {"SENDER_ID_MISMATCH", Kind::refused},
    {"QUOTA_EXCEEDED", Kind::retry},
    {"UNAVAILABLE", Kind::retry},
    {"INTERNAL", Kind::retry},
    {"THIRD_PARTY_AUTH_ERROR", Kind::refused},
    {"UNAUTHENTICATED", Kind::retry},
};

}  // namespace

Result<std::string> fcm_body(const Push& push) {
  const auto payload = codec::parse_json(push.payload);
  if (!payload || !payload->object()) return fail(ErrorCode::invalid, "the payload for FCM is not a JSON object");
  const auto* v1 = payload->find("fcmV1Message");
  JsonValue request = v1 ? *v1 : from_former(*payload);
  auto* message = object_in(at_path(request, "message"));
  if (!message) return fail(ErrorCode::invalid, "fcmV1Message has no object `message`");
  std::erase_if(*message, [](const JsonMember& one) { return one.name == "topic" || one.name == "condition"; });
  member(*message, "token") = JsonValue{push.device_token};
  if (request.find("message")->find("data")) make_strings_of(member(*message, "data"));
  if (const auto ttl = push.options.ttl_seconds) at_path(request, "message.android.ttl") = {fmt::format("{}s", *ttl)};
  std::string text;
  codec::write_json(request, text);
  return text;
}

Outcome read_fcm_answer(const HttpAnswer& answer) {
  Outcome outcome{.status = answer.status};
  const auto body = codec::parse_json(answer.body);
  if (answer.status == 200) {
    outcome.kind = Kind::delivered;
    outcome.message_id = text_member(body, "name");
    return outcome;
  }
  outcome.kind = kind_of_failure(answer.status);
  const auto* error = body ? body->find("error") : nullptr;
  if (!error) return outcome;
  const auto* message = error->find("message");
  const std::string text = message && message->string() ? *message->string() : "";
  auto code = error_code(*error);
  const bool of_fcm = !code.empty();
  if (const auto* status = error->find("status"); !of_fcm && status && status->string()) code = *status->string();
  if (const auto known = std::ranges::find(codes, code, &std::pair<std::string_view, Kind>::first);
      known != std::end(codes)) {
    outcome.kind = known->second;
  }
  // The same code says that the token is malformed and that the payload is; only the text tells them apart.
  if (of_fcm && code == "INVALID_ARGUMENT" && text.find("registration token") != std::string::npos) {
    outcome.kind = Kind::token_dead;
  }
  outcome.detail = fmt::format("{}{}{}", code, text.empty() ? "" : ": ", text);
  return outcome;
}

Result<std::shared_ptr<PushProvider>> make_fcm_provider(const PlatformCredentials& credentials, const PushUrls& urls,
                                                        env::Core& core, HttpClient& http) {
  const auto json = codec::parse_json(credentials.credential);
  if (!json || !json->object()) {
    return fail(ErrorCode::unsupported,
                "PlatformCredential: not the JSON file of a service account; keys of FCM's former API are not offered "
                "here, since Google has shut it down");
  }
  ServiceAccount account{.project = text_member(json, "project_id"),
                         .email = text_member(json, "client_email"),
                         .key_id = text_member(json, "private_key_id"),
                         .token_url = urls.fcm_token.empty() ? text_member(json, "token_uri") : urls.fcm_token,
                         .token_url_by_operator = !urls.fcm_token.empty()};
  const std::pair<std::string_view, const std::string&> needed[] = {
      {"project_id", account.project}, {"client_email", account.email}, {"token_uri", account.token_url}};
  for (const auto& [name, value] : needed) {
    if (value.empty()) return fail(ErrorCode::invalid, fmt::format("PlatformCredential: no text as `{}`", name));
  }
  auto key = SigningKey::from_pem(text_member(json, "private_key"));
  if (!key || key->kind() != SigningKey::Kind::rs256) {
    return fail(ErrorCode::invalid, fmt::format("PlatformCredential: private_key: {}",
                                                key ? "the key is not one of RSA" : key.error().message));
  }
  auto url = urls.fcm + "/v1/projects/";
  codec::percent_encode(account.project, url);
  url += "/messages:send";
  auto ask = [&core, account = std::move(account), key = std::move(*key)] {
    return ask_for_token(account, key, core.now());
  };
  return std::make_shared<FcmProvider>(core, http, std::make_shared<AccessToken>(core, http, std::move(ask)),
                                       std::move(url));
}

}  // namespace millrace::delivery
