#include "delivery/curl_http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "delivery/curl_http_handle.h"

namespace millrace::delivery {
namespace {

// Line ends in a header would let whoever chose it write headers, or a request, of their own.
bool is_header(std::string_view name, std::string_view value) {
  static constexpr auto token = [] {
    std::array<bool, 256> chars{};
    for (int c = ' ' + 1; c < 0x7f; ++c) chars[c] = true;
    for (const char c : std::string_view("()<>@,;:\\\"/[]?={}")) chars[static_cast<unsigned char>(c)] = false;
    return chars;
  }();
  const auto is_token = [](char c) { return token[static_cast<unsigned char>(c)]; };
  return !name.empty() && std::ranges::all_of(name, is_token) &&
         std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Result<void> validate(const HttpCall& call) {
  for (const auto& [name, value] : call.headers) {
    if (!is_header(name, value))
      return fail(ErrorCode::invalid, fmt::format("\"{}\" cannot be sent as a header", name));
  }
  const bool is_method =
      !call.method.empty() && std::ranges::all_of(call.method, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_method) return fail(ErrorCode::invalid, fmt::format("\"{}\" is not a method", call.method));
  return {};
}

}  // namespace

Result<std::string> endpoint_of(const HttpCall& call) {
  std::string_view rest = call.url;
  const auto scheme = rest.substr(0, std::min(rest.find("://"), rest.size()));
  if (scheme != "http" && scheme != "https") return fail(ErrorCode::invalid, "a URL begins with http:// or https://");
  rest.remove_prefix(scheme.size() + 3);
  rest = rest.substr(0, rest.find_first_of("/?#\\"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.empty()) return fail(ErrorCode::invalid, "a URL names a host");
  auto endpoint = fmt::format("{}{}://{}", call.http2 ? "h2+" : "", scheme, rest);
  for (char& c : endpoint) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return endpoint;
}

// The handles that no call uses now. Of the transfers' thread, but for its making.
struct CurlHttpClient::Handles {
  explicit Handles(CurlHttpOptions chosen) : options(std::move(chosen)) {}

  const CurlHttpOptions options;
  std::vector<std::unique_ptr<HttpHandle>> free;
};

namespace {

template <class Handles>
class HttpTransfer final : public Transfer {
 public:
  HttpTransfer(env::Core& home, std::string endpoint, HttpCall call, Callback<void(Result<HttpAnswer>)> done,
               std::shared_ptr<Handles> handles)
      : Transfer(home, std::move(endpoint), call.timeout),
        call_(std::move(call)),
        done_(std::move(done)),
        handles_(std::move(handles)) {}

  Result<CURL*> begin(const CurlLibrary& curl) override {
    // The handle that was freed last is the likeliest to have been used for the same endpoint.
    if (handles_->free.empty()) {
      handle_ = std::make_unique<HttpHandle>(curl, handles_->options);
    } else {
      handle_ = std::move(handles_->free.back());
      handles_->free.pop_back();
    }
    handle_->begin(call_, answer_);
    return handle_->get();
  }

  bool end(const CurlLibrary&, CURLcode code) override {
    outcome_ = handle_->end(code);
    handles_->free.push_back(std::move(handle_));
    return outcome_.has_value();
  }

  void fail(Error error) override { outcome_ = std::unexpected(std::move(error)); }

  void deliver() override {
    if (outcome_) {
      done_(std::move(answer_));
    } else {
      done_(millrace::fail(outcome_.error().code, fmt::format("{}: {}", endpoint(), outcome_.error().message)));
    }
  }

 private:
  const HttpCall call_;
  Callback<void(Result<HttpAnswer>)> done_;
  const std::shared_ptr<Handles> handles_;
  std::unique_ptr<HttpHandle> handle_;
  HttpAnswer answer_;
  Result<void> outcome_;
};

}  // namespace

CurlHttpClient::CurlHttpClient(CurlLoop& loop, CurlHttpOptions options)
    : loop_(loop), handles_(std::make_shared<Handles>(std::move(options))) {
  loop_.on_idle([handles = handles_](const CurlLibrary&) { handles->free.clear(); });
}

CurlHttpClient::~CurlHttpClient() = default;

void CurlHttpClient::call(env::Core& home, HttpCall call, Callback<void(Result<HttpAnswer>)> done) {
  auto endpoint = endpoint_of(call);
  auto valid = validate(call);
  if (!endpoint || !valid) {
    auto error = endpoint ? std::move(valid.error()) : std::move(endpoint.error());
    return home.post(
        [done = std::move(done), error = std::move(error)]() mutable { done(std::unexpected(std::move(error))); });
  }
  loop_.submit(
      std::make_unique<HttpTransfer<Handles>>(home, std::move(*endpoint), std::move(call), std::move(done), handles_));
}

}  // namespace millrace::delivery
