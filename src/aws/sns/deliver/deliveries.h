// Deliveries: everything of this service that calls the world outside, made of what the server gives it.
//
// Owned by the service; start() is for the first core, when every lane serves. Destroyed when no core runs any more.
#pragma once
#include <optional>

#include "aws/sns/deliver/confirmations.h"
#include "aws/sns/deliver/http_channel.h"
#include "aws/sns/deliver/lambda_channel.h"
#include "aws/sns/deliver/mail_channel.h"
#include "aws/sns/deliver/push_channel.h"
#include "aws/sns/deliver/sms_channel.h"
#include "aws/sns/deliver/stream_channel.h"
#include "aws/sns/deliver/worker.h"
#include "delivery/outside.h"

namespace millrace::aws::sns::deliver {

class Deliveries {
 public:
  // All outlive it, and what `outside` refers to.
  Deliveries(engine::Engine& engine, const Limits& limits, Signer& signer, const delivery::Outside& outside);

  void start() { worker_.start(); }
  // On the first core, before what is outside stops: nothing is delivered any more, and nothing ends.
  void stop() { outlets_.stopped = true; }
  Worker& worker() { return worker_; }
  ConfirmationSender& confirmations() { return confirmations_; }

 private:
  HttpChannel http_;
  LambdaChannel lambda_;
  StreamChannel streams_;
  PushChannel push_;
  std::optional<MailChannel> mail_;
  std::optional<SmsChannel> sms_;
  Outlets outlets_;
  Worker worker_;
  Confirmations confirmations_;
};

}  // namespace millrace::aws::sns::deliver
