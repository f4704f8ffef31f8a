#include "delivery/push_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/json_value.h"
#include "codec/text.h"
#include "delivery/answer.h"
#include "delivery/uptime.h"

namespace millrace::delivery {
namespace {

struct Issued {
  std::string token;
  Duration lifetime{};
};

Result<Issued> read_issued(const Result<HttpAnswer>& answer) {
  if (!answer) return std::unexpected(answer.error());
  const auto body = codec::parse_json(answer->body);
  if (answer->status != 200) {
    const bool again = kind_of_failure(answer->status) == Outcome::Kind::retry;
    const auto code = again ? ErrorCode::unavailable : ErrorCode::invalid;
    return fail(code, fmt::format("no access token: {} {} {}", answer->status, text_member(body, "error"),
                                  text_member(body, "error_description")));
  }
  Issued issued{.token = text_member(body, "access_token")};
  const auto* lifetime = body ? body->find("expires_in") : nullptr;
  const auto* seconds = lifetime ? lifetime->integer() : nullptr;
  if (issued.token.empty() || !seconds || *seconds < 0) {
    return fail(ErrorCode::unavailable, "no access token: the answer has no access_token and expires_in");
  }
  constexpr std::int64_t seconds_max = 24 * 60 * 60;
  issued.lifetime = std::chrono::seconds(std::min(*seconds, seconds_max));
  return issued;
}

}  // namespace

void AccessToken::get(Callback<void(Result<std::string>)> done) {
  auto waiting = waiting_.lock();
  if (waiting) {
    if (waiting->size() == waiting_max) {
      return done(fail(ErrorCode::over_limit, "no access token yet, and too many wait for it"));
    }
    return waiting->push_back(std::move(done));
  }
  if (uptime(core_) < usable_until_) return done(token_);
  waiting = std::make_shared<Waiting>();
  waiting->push_back(std::move(done));
  waiting_ = waiting;
  http_.call(core_, make_call_(),
             [self = shared_from_this(), waiting](const Result<HttpAnswer>& answer) { self->take(answer, *waiting); });
}

void AccessToken::forget(std::string_view token) {
  if (token_ && *token_ == token) usable_until_ = {};
}

void AccessToken::take(const Result<HttpAnswer>& answer, Waiting& waiting) {
  waiting_.reset();
  auto issued = read_issued(answer);
  if (issued) {
    token_ = std::move(issued->token);
    // A token that lives shorter than the margin serves those who wait for it.
    usable_until_ = uptime(core_) + std::max(issued->lifetime - margin, Duration(0));
  } else {
    token_ = pass(issued);
    usable_until_ = uptime(core_) + pause_after_failure;
  }
  const auto token = token_;
  for (auto& done : waiting) done(token);
}

HttpCall token_call(std::string url, std::initializer_list<std::pair<std::string_view, std::string_view>> form) {
  std::string body;
  for (const auto& [name, value] : form) {
    if (!body.empty()) body += '&';
    body += name;
    body += '=';
    codec::percent_encode(value, body);
  }
  return {.url = std::move(url),
          .headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}},
          .body = std::make_shared<const std::string>(std::move(body))};
}

void TokenPushProvider::start(Push push, Callback<void(Outcome)> done) {
  auto call = make_call(push);
  if (!call) return done({.kind = Outcome::Kind::refused, .detail = call.error().message});
  token_->get([self = shared_from_this(), this, call = std::move(*call), device = std::move(push.device_token),
               done = std::move(done)](Result<std::string> token) mutable {
    if (token) return call_with(*token, std::move(call), std::move(device), std::move(done));
    done(without_answer(token.error()));
  });
}

void TokenPushProvider::call_with(const std::string& token, HttpCall call, std::string device_token,
                                  Callback<void(Outcome)> done) {
  call.headers.emplace_back("authorization", "Bearer " + token);
  http_.call(core_, std::move(call),
             [self = shared_from_this(), this, token, device_token = std::move(device_token),
              done = std::move(done)](Result<HttpAnswer> answer) mutable {
               if (!answer) return done(without_answer(answer.error()));
               constexpr int unauthorized = 401;
               if (answer->status == unauthorized) token_->forget(token);
               done(read_answer(*answer, device_token));
             });
}

}  // namespace millrace::delivery
