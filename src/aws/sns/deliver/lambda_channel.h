// LambdaChannel: notifications as events of functions.
#pragma once
#include "aws/sns/deliver/channel.h"
#include "delivery/lambda.h"

namespace millrace::aws::sns::deliver {

class LambdaChannel final : public Channel {
 public:
  // It outlives this.
  explicit LambdaChannel(delivery::Lambda& lambda) : lambda_(lambda) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient&) const override { return true; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;

 private:
  delivery::Lambda& lambda_;
};

}  // namespace millrace::aws::sns::deliver
