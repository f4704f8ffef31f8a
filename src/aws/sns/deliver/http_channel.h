// HttpChannel: notifications to web servers, as a POST. Headers and status codes as "Fanout to HTTP/S endpoints" and "Amazon
// SNS message delivery retries" of the developer guide have them: 2xx is delivered; 429, 5xx and no answer are tried again;
// any other status is the end.
#pragma once
#include <string_view>

#include "aws/sns/deliver/channel.h"
#include "delivery/http_client.h"

namespace millrace::aws::sns::deliver {

// What a request says about itself.
struct HttpPost {
  std::string url;
  std::string_view type;  // "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
  std::string message_id;
  std::string topic_arn;
  std::string subscription_arn;  // empty: not known yet
  std::string content_type;
  bool raw = false;
  std::shared_ptr<const std::string> body;
};
delivery::HttpCall http_call(HttpPost post);
Outcome read_http_answer(const Result<delivery::HttpAnswer>& answer);

inline constexpr std::string_view default_content_type = "text/plain; charset=UTF-8";

class HttpChannel final : public Channel {
 public:
  static constexpr Duration timeout{15'000};

  // The client outlives this.
  explicit HttpChannel(delivery::HttpClient& client) : client_(client) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient& recipient) const override { return !recipient.raw; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;
  Duration attempt_max() const override { return timeout; }

 private:
  delivery::HttpClient& client_;
};

}  // namespace millrace::aws::sns::deliver
