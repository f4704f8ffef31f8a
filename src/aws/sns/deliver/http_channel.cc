#include "aws/sns/deliver/http_channel.h"

#include <utility>

#include "aws/request_id.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view user_agent = "Amazon Simple Notification Service Agent";
constexpr int too_many_requests = 429;
constexpr std::size_t headers_max = 7;  // of a request

}  // namespace

delivery::HttpCall http_call(HttpPost post) {
  delivery::HttpCall call{.url = std::move(post.url), .body = std::move(post.body), .timeout = HttpChannel::timeout};
  auto& headers = call.headers;
  headers.reserve(headers_max);
  headers.emplace_back("x-amz-sns-message-type", post.type);
  headers.emplace_back("x-amz-sns-message-id", std::move(post.message_id));
  headers.emplace_back("x-amz-sns-topic-arn", std::move(post.topic_arn));
  if (!post.subscription_arn.empty()) {
    headers.emplace_back("x-amz-sns-subscription-arn", std::move(post.subscription_arn));
  }
  if (post.raw) headers.emplace_back("x-amz-sns-rawdelivery", "true");
  headers.emplace_back("Content-Type", post.content_type.empty() ? default_content_type : post.content_type);
  headers.emplace_back("User-Agent", user_agent);
  return call;
}

Outcome read_http_answer(const Result<delivery::HttpAnswer>& answer) {
  if (!answer) return delivery::without_answer(answer.error());
  Outcome outcome{.kind = Outcome::Kind::refused, .status = answer->status, .detail = answer->body};
  if (answer->status >= 200 && answer->status < 300) outcome.kind = Outcome::Kind::delivered;
  if (answer->status >= 500 || answer->status == too_many_requests) outcome.kind = Outcome::Kind::retry;
  return outcome;
}

std::string HttpChannel::render(const Outgoing& what) const {
  return what.recipient.raw ? what.notification.text : render_notification(what.notification, what.sender);
}

void HttpChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  const auto& notification = what.notification;
  auto call = http_call({.url = what.recipient.endpoint,
                         .type = "Notification",
                         .message_id = std::string(view(text_of(notification.id))),
                         .topic_arn = std::string(notification.stored.topic_arn),
                         .subscription_arn = notification.subscription_arn(),
                         .content_type = what.recipient.content_type,
                         .raw = what.recipient.raw,
                         .body = std::make_shared<const std::string>(std::move(body))});
  client_.call(core, std::move(call), [done = std::move(done)](const Result<delivery::HttpAnswer>& answer) mutable {
    done(read_http_answer(answer));
  });
}

}  // namespace millrace::aws::sns::deliver
