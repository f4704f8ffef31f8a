// Deliveries: everything of this service that calls the world outside, made of what the server gives it.
//
// Owned by the service; start() is for the first core, when every lane serves. Destroyed when no core runs any more.
#pragma once
#include <optional>

#include "aws/sns/deliver/confirmations.h"
#include "aws/sns/deliver/http_channel.h"
#include "aws/sns/deliver/lambda_channel.h"
#include "aws/sns/deliver/mail_channel.h"
#include "aws/sns/deliver/opt_outs.h"
#include "aws/sns/deliver/push_channel.h"
#include "aws/sns/deliver/sms_channel.h"
#include "aws/sns/deliver/stream_channel.h"
#include "aws/sns/deliver/worker.h"
#include "delivery/outside.h"

namespace millrace::aws::sns::deliver {

class Deliveries {
 public:
  // All outlive it, and what `outside` refers to.
  Deliveries(engine::Engine& engine, const Limits& limits, Signer& signer, ApplicationEvents& events,
             const delivery::Outside& outside);

  void start();
  // On the first core, before what is outside stops: nothing is delivered any more, and nothing ends.
  void stop();
  Worker& worker() { return worker_; }
  ConfirmationSender& confirmations() { return confirmations_; }

 private:
  HttpChannel http_;
  LambdaChannel lambda_;
  StreamChannel streams_;
  PushChannel push_;
  std::optional<MailChannel> mail_;
  std::optional<SmsChannel> sms_;
  std::optional<OptOuts> opt_outs_;
  Outlets outlets_;
  Worker worker_;
  Confirmations confirmations_;
};

}  // namespace millrace::aws::sns::deliver
