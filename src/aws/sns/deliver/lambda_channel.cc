#include "aws/sns/deliver/lambda_channel.h"

#include <utility>

namespace millrace::aws::sns::deliver {

std::string LambdaChannel::render(const Outgoing& what) const {
  return render_lambda_event(what.notification, what.sender);
}

void LambdaChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  lambda_.invoke(core, what.recipient.endpoint, std::make_shared<const std::string>(std::move(body)), std::move(done));
}

}  // namespace millrace::aws::sns::deliver
