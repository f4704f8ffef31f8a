#include "sim/kinesis/api.h"

#include <algorithm>
#include <utility>

#include "aws/services.h"
#include "http/responder.h"

namespace millrace::sim {
namespace {

// Long enough to be met by crashes.
constexpr Duration delay{40};

}  // namespace

// One request on its way. It goes when it has been answered, on the core that answers.
class Api::Exchange final : public http::Answerable {
 public:
  Exchange(std::string_view operation, std::string body, Callback<void(ApiReply)> done)
      : target_("Kinesis_20131202." + std::string(operation)), body_(std::move(body)), done_(std::move(done)) {
    size_ = body_.size();
    body_.append(http::Request::body_padding, '\0');
    request_.method = "POST";
    request_.target = "/";
    request_.path = "/";
    request_.host = "localhost:4566";
    request_.headers.add("Content-Type", "application/x-amz-json-1.1");
    request_.headers.add("X-Amz-Target", target_);
    request_.body = std::string_view(body_).substr(0, size_);
    request_.peer = "127.0.0.1:50000";
  }

  void answer(http::Response response) override {
    ApiReply reply{.status = response.status};
    if (auto parsed = codec::parse_json(response.body.empty() ? "{}" : response.body, {.bytes_max = 64u << 20})) {
      reply.body = std::move(*parsed);
    }
    if (const auto* type = reply.body.find("__type"); type != nullptr && type->string() != nullptr) {
      reply.error = *type->string();
      if (const auto hash = reply.error.find('#'); hash != std::string::npos) reply.error.erase(0, hash + 1);
    }
    answered_ = true;
    std::exchange(done_, nullptr)(std::move(reply));
  }
  void on_gone(Callback<void()> /*task*/) override {}
  bool gone() const override { return false; }

  http::Request& request() { return request_; }
  bool answered() const { return answered_; }

 private:
  std::string target_;
  std::string body_;
  std::size_t size_ = 0;
  http::Request request_;
  Callback<void(ApiReply)> done_;
  bool answered_ = false;
};

Api::Api(Server& server) : server_(server) {
  gateway_ = std::make_unique<aws::Gateway>(
      aws::PipelineOptions{}, aws::make_services(server.engine(), {.relaxed = true, .kinesis_delay = delay}));
  server_.world().core(0).post([this] { gateway_->start(); });
}

Api::~Api() = default;

void Api::call(std::string_view operation, std::string body, Callback<void(ApiReply)> done) {
  std::erase_if(exchanges_, [](const auto& exchange) { return exchange->answered(); });
  auto& exchange = *exchanges_.emplace_back(std::make_unique<Exchange>(operation, std::move(body), std::move(done)));
  auto& core = server_.world().core(next_core_++ % server_.world().cores());
  core.post([this, &core, &exchange] { (*gateway_)(core, exchange.request(), http::Responder(exchange)); });
}

}  // namespace millrace::sim
