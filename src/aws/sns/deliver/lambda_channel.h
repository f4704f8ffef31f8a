// LambdaChannel: notifications as events of functions.
#pragma once
#include "aws/sns/deliver/channel.h"
#include "delivery/lambda.h"

namespace millrace::aws::sns::deliver {

class LambdaChannel final : public Channel {
 public:
  // It outlives this.
  explicit LambdaChannel(delivery::Lambda& lambda) : lambda_(lambda) {}
  void send(env::Core& core, const Outgoing& what, Callback<void(Outcome)> done) override;

 private:
  delivery::Lambda& lambda_;
};

}  // namespace millrace::aws::sns::deliver
