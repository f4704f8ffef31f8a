#include "delivery/apns.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <optional>
#include <utility>

#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "codec/text.h"
#include "delivery/answer.h"
#include "delivery/jwt.h"
#include "delivery/pem.h"

namespace millrace::delivery {
namespace {

using Kind = Outcome::Kind;
using std::chrono::minutes;

// Apple takes a token for an hour and complains when it changes more often than every 20 minutes.
constexpr Duration token_age_max = minutes(50);
constexpr Duration token_age_min = minutes(20);

constexpr int priority_at_once = 10;
constexpr int priority_saving_power = 5;

std::string quoted(std::string_view text) {
  std::string result;
  codec::write_json_string(text, result);
  return result;
}

bool is_voip(PushPlatform platform) {
  return platform == PushPlatform::apns_voip || platform == PushPlatform::apns_voip_sandbox;
}

bool is_sandbox(PushPlatform platform) {
  return platform == PushPlatform::apns_sandbox || platform == PushPlatform::apns_voip_sandbox ||
         platform == PushPlatform::macos_sandbox;
}

// A push that wakes the application and shows nothing.
bool is_in_background(const std::string& payload) {
  const auto json = codec::parse_json(payload);
  const auto* aps = json ? json->find("aps") : nullptr;
  const auto* available = aps ? aps->find("content-available") : nullptr;
  const auto* number = available ? available->integer() : nullptr;
  return number && *number == 1 && !aps->find("alert") && !aps->find("badge") && !aps->find("sound");
}

// One or the other of the first two.
struct ApnsLogin {
  std::optional<SigningKey> key;
  std::shared_ptr<const ClientCertificate> certificate;
  std::string bundle_id;
};

class ApnsProvider final : public PushProvider {
 public:
  ApnsProvider(env::Core& core, HttpClient& http, PushPlatform platform, const PlatformCredentials& credentials,
               std::string url, ApnsLogin login)
      : PushProvider(core, http),
        platform_(platform),
        url_(std::move(url)),
        topic_(login.bundle_id.empty() ? "" : login.bundle_id + (is_voip(platform) ? ".voip" : "")),
        key_id_(credentials.principal),
        team_id_(credentials.apple_team_id),
        login_(std::move(login)) {}

 private:
  void start(Push push, Callback<void(Outcome)> done) override;
  HttpCall make_call(Push push);
  const std::string& token();
  void token_expired();

  const PushPlatform platform_;
  const std::string url_;
  const std::string topic_;
  const std::string key_id_;
  const std::string team_id_;
  const ApnsLogin login_;
  std::string token_;  // empty: to be made
  Time token_made_{};
};

const std::string& ApnsProvider::token() {
  const auto age = core_.now() - token_made_;
  if (token_.empty() || age >= token_age_max || age < Duration(0)) {
    token_made_ = core_.now();
    token_ = make_jwt(*login_.key, fmt::format(R"({{"alg":"ES256","kid":{}}})", quoted(key_id_)),
                      fmt::format(R"({{"iss":{},"iat":{}}})", quoted(team_id_), to_ms(token_made_) / 1000));
  }
  return token_;
}

void ApnsProvider::token_expired() {
  if (core_.now() - token_made_ >= token_age_min) token_.clear();
}

HttpCall ApnsProvider::make_call(Push push) {
  const auto& options = push.options;
  const bool background = !is_voip(platform_) && is_in_background(push.payload);
  auto type = options.push_type;
  if (type.empty()) type = is_voip(platform_) ? "voip" : background ? "background" : "alert";
  const int priority = options.priority.value_or(type == "background" ? priority_saving_power : priority_at_once);
  HttpCall call{.url = url_ + "/3/device/",
                .headers = {{"content-type", "application/json"},
                            {"apns-push-type", type},
                            {"apns-priority", std::to_string(priority)}},
                .http2 = true,
                .by_operator = true,
                .certificate = login_.certificate};
  if (login_.key) call.headers.emplace_back("authorization", "bearer " + token());
  // A certificate for one application stands for its topic too.
  if (const auto& topic = options.topic.empty() ? topic_ : options.topic; !topic.empty()) {
    call.headers.emplace_back("apns-topic", topic);
  }
  codec::percent_encode(push.device_token, call.url);
  if (options.ttl_seconds) {
    // Zero is Apple's word for now or never; anything else is a moment.
    const auto until = *options.ttl_seconds == 0 ? 0 : to_ms(core_.now()) / 1000 + *options.ttl_seconds;
    call.headers.emplace_back("apns-expiration", std::to_string(until));
  }
  if (!options.collapse_id.empty()) call.headers.emplace_back("apns-collapse-id", options.collapse_id);
  call.body = std::make_shared<const std::string>(std::move(push.payload));
  return call;
}

void ApnsProvider::start(Push push, Callback<void(Outcome)> done) {
  http_.call(core_, make_call(std::move(push)),
             [self = shared_from_this(), this, done = std::move(done)](Result<HttpAnswer> answer) mutable {
               auto outcome = read_apns_answer(answer);
               if (outcome.detail == "ExpiredProviderToken") token_expired();
               done(std::move(outcome));
             });
}

// Reasons whose status alone does not say what is to be done.
constexpr std::pair<std::string_view, Kind> reasons[] = {
    {"BadDeviceToken", Kind::token_dead},
    {"ExpiredToken", Kind::token_dead},
    {"Unregistered", Kind::token_dead},
    // The application asks for a topic that the device did not register for, and may ask for another one next time.
    {"DeviceTokenNotForTopic", Kind::refused},
    {"ExpiredProviderToken", Kind::retry},
    {"IdleTimeout", Kind::retry},
};

}  // namespace

Outcome read_apns_answer(const Result<HttpAnswer>& answer) {
  if (!answer) return without_answer(answer.error());
  Outcome outcome{.status = answer->status, .message_id = std::string(header_of(*answer, "apns-id"))};
  if (answer->status == 200) {
    outcome.kind = Kind::delivered;
    return outcome;
  }
  outcome.detail = text_member(codec::parse_json(answer->body), "reason");
  if (const auto known = std::ranges::find(reasons, outcome.detail, &std::pair<std::string_view, Kind>::first);
      known != std::end(reasons)) {
    outcome.kind = known->second;
  } else if (answer->status == 410) {
    outcome.kind = Kind::token_dead;
  } else {
    outcome.kind = kind_of_failure(answer->status);
  }
  return outcome;
}

Result<ApnsCertificate> read_apns_certificate(const PlatformCredentials& credentials) {
  const auto certificate = read_pem(credentials.principal, PEM_read_bio_X509);
  if (!certificate)
    return fail(ErrorCode::invalid,
                "PlatformPrincipal is neither a certificate in PEM nor the id of a key "
                "with ApplePlatformTeamID and ApplePlatformBundleID beside it");
  const auto key = read_pem(credentials.credential, PEM_read_bio_PrivateKey);
  if (!key) return fail(ErrorCode::invalid, "PlatformCredential is no unencrypted private key in PEM");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::invalid, "PlatformCredential is not the key of the certificate in PlatformPrincipal");
  }
  ApnsCertificate result{.login =
                             std::make_shared<const ClientCertificate>(credentials.principal, credentials.credential)};
  char name[256] = "";
  if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_userId, name, sizeof name) > 0) {
    result.bundle_id = name;
  }
  std::tm until{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &until) == 1) {
    const std::chrono::year_month_day day{std::chrono::year(until.tm_year + 1900),
                                          std::chrono::month(static_cast<unsigned>(until.tm_mon + 1)),
                                          std::chrono::day(static_cast<unsigned>(until.tm_mday))};
    result.expires = std::chrono::sys_days(day) + std::chrono::hours(until.tm_hour) +
                     std::chrono::minutes(until.tm_min) + std::chrono::seconds(until.tm_sec);
  }
  return result;
}

namespace {

Result<ApnsLogin> login_with_key(const PlatformCredentials& credentials) {
  const std::pair<std::string_view, const std::string&> needed[] = {
      {"PlatformPrincipal", credentials.principal},
      {"ApplePlatformTeamID", credentials.apple_team_id},
      {"ApplePlatformBundleID", credentials.apple_bundle_id}};
  for (const auto& [name, value] : needed) {
    if (value.empty()) return fail(ErrorCode::invalid, fmt::format("{} is empty", name));
  }
  auto key = SigningKey::from_pem(credentials.credential);
  if (!key || key->kind() != SigningKey::Kind::es256) {
    return fail(ErrorCode::invalid,
                fmt::format("PlatformCredential: {}", key ? "the key is not one of EC P-256" : key.error().message));
  }
  return ApnsLogin{.key = std::move(*key), .bundle_id = credentials.apple_bundle_id};
}

Result<ApnsLogin> login_with_certificate(const PlatformCredentials& credentials) {
  auto certificate = read_apns_certificate(credentials);
  if (!certificate) return pass(certificate);
  return ApnsLogin{.certificate = std::move(certificate->login), .bundle_id = std::move(certificate->bundle_id)};
}

}  // namespace

Result<std::shared_ptr<PushProvider>> make_apns_provider(PushPlatform platform, const PlatformCredentials& credentials,
                                                         const PushUrls& urls, env::Core& core, HttpClient& http) {
  const bool with_certificate = credentials.apple_team_id.empty() && credentials.apple_bundle_id.empty();
  auto login = with_certificate ? login_with_certificate(credentials) : login_with_key(credentials);
  if (!login) return pass(login);
  const auto& url = is_sandbox(platform) ? urls.apns_sandbox : urls.apns;
  return std::make_shared<ApnsProvider>(core, http, platform, credentials, url, std::move(*login));
}

}  // namespace millrace::delivery
