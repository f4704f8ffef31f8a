#include "aws/sns/deliver/lambda_channel.h"

#include <utility>

namespace millrace::aws::sns::deliver {

void LambdaChannel::send(env::Core& core, const Outgoing& what, Callback<void(Outcome)> done) {
  lambda_.invoke(core, what.recipient.endpoint,
                 std::make_shared<const std::string>(render_lambda_event(what.notification, what.sender)),
                 std::move(done));
}

}  // namespace millrace::aws::sns::deliver
