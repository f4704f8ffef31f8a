// AccessToken: an OAuth 2 access token that is asked for when it is needed and kept until shortly before it expires.
//
// Lives on one core. One request for a token at a time; who comes meanwhile waits for its answer. After a failure the
// same error is given for a few seconds before the next request is made, so that bad credentials cost the issuer little.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "base/time.h"
#include "delivery/http_client.h"
#include "delivery/push.h"
#include "env/core.h"

namespace millrace::delivery {

class AccessToken : public std::enable_shared_from_this<AccessToken> {
 public:
  static constexpr std::size_t waiting_max = 10'000;
  static constexpr Duration margin{60'000};
  static constexpr Duration pause_after_failure{5'000};

  // `make_call` makes the request for a token. Owned through a shared_ptr.
  AccessToken(env::Core& core, HttpClient& http, std::function<HttpCall()> make_call)
      : core_(core), http_(http), make_call_(std::move(make_call)) {}

  // Errors: ErrorCode::invalid when the issuer does not want these credentials; unavailable when it gave no (usable)
  // answer; over_limit when too many wait already.
  void get(Callback<void(Result<std::string>)> done);
  // The service did not take this token, although its time is not over.
  void forget(std::string_view token);

 private:
  using Waiting = std::vector<Callback<void(Result<std::string>)>>;
  void take(const Result<HttpAnswer>& answer, Waiting& waiting);

  env::Core& core_;
  HttpClient& http_;
  const std::function<HttpCall()> make_call_;
  Result<std::string> token_;  // or the error of the last request
  Duration usable_until_{};    // by uptime()
  // Who waits for the answer to the request under way. It belongs to that request, since those who wait may own this.
  std::weak_ptr<Waiting> waiting_;
};

// A POST of a form, as issuers of tokens want it.
HttpCall token_call(std::string url, std::initializer_list<std::pair<std::string_view, std::string_view>> form);

// A provider whose requests carry an access token.
class TokenPushProvider : public PushProvider {
 protected:
  TokenPushProvider(env::Core& core, HttpClient& http, std::shared_ptr<AccessToken> token)
      : PushProvider(core, http), token_(std::move(token)) {}
  void start(Push push, Callback<void(Outcome)> done) final;

  // The request without the token; an error is what is wrong with the payload.
  virtual Result<HttpCall> make_call(const Push& push) const = 0;
  // `device_token` is where the request went.
  virtual Outcome read_answer(const HttpAnswer& answer, std::string_view device_token) const = 0;

 private:
  void call_with(const std::string& token, HttpCall call, std::string device_token, Callback<void(Outcome)> done);

  const std::shared_ptr<AccessToken> token_;
};

}  // namespace millrace::delivery
