// FakeHttpClient: other people's servers by script, for tests of what calls them.
//
// Calls wait in `calls` until the test answers one, oldest first; nothing happens by itself.
#pragma once
#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "delivery/http_client.h"

namespace millrace::delivery {

class FakeHttpClient final : public HttpClient {
 public:
  struct Pending {
    env::Core* home;
    HttpCall call;
    Callback<void(Result<HttpAnswer>)> done;

    // Of the call; empty when there is none.
    std::string header(std::string_view name) const {
      const auto found = std::ranges::find(call.headers, name, &std::pair<std::string, std::string>::first);
      return found == call.headers.end() ? "" : found->second;
    }
    std::string body() const { return call.body ? *call.body : ""; }
  };

  void call(env::Core& home, HttpCall call, Callback<void(Result<HttpAnswer>)> done) override {
    calls.push_back({&home, std::move(call), std::move(done)});
  }

  // Answers the oldest call.
  void answer(Result<HttpAnswer> answer) {
    check(!calls.empty(), "somebody has called");
    auto pending = std::move(calls.front());
    calls.pop_front();
    pending.done(std::move(answer));
  }
  void answer(int status, std::string body = "", std::string headers = "") {
    answer(HttpAnswer{.status = status, .headers = std::move(headers), .body = std::move(body)});
  }
  // No answer came.
  void fail_call(std::string why = "connection refused") { answer(fail(ErrorCode::unavailable, std::move(why))); }

  std::deque<Pending> calls;
};

}  // namespace millrace::delivery
