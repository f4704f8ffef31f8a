#include "aws/sns/deliver/deliveries.h"

namespace millrace::aws::sns::deliver {

Deliveries::Deliveries(engine::Engine& engine, const Limits& limits, Signer& signer, ApplicationEvents& events,
                       const delivery::Outside& outside)
    : http_(outside.http),
      lambda_(outside.lambda),
      streams_(engine),
      push_(engine, outside.push, events),
      outlets_(signer),
      worker_(engine, outlets_),
      confirmations_(engine, signer, outside) {
  outlets_.set(SubscriptionProtocol::http, http_);
  outlets_.set(SubscriptionProtocol::https, http_);
  outlets_.set(SubscriptionProtocol::lambda, lambda_);
  outlets_.set(SubscriptionProtocol::firehose, streams_);
  outlets_.set(SubscriptionProtocol::application, push_);
  if (outside.mailer != nullptr) {
    mail_.emplace(*outside.mailer);
    outlets_.set(SubscriptionProtocol::email, *mail_);
    outlets_.set(SubscriptionProtocol::email_json, *mail_);
  }
  if (outside.sms != nullptr) {
    sms_.emplace(engine, limits, *outside.sms, outside.sms_part_price);
    outlets_.set(SubscriptionProtocol::sms, *sms_);
    opt_outs_.emplace(engine, *outside.sms);
  }
}

void Deliveries::start() {
  worker_.start();
  if (opt_outs_) opt_outs_->start();
}

void Deliveries::stop() {
  outlets_.stopped = true;
  if (opt_outs_) opt_outs_->stop();
}

}  // namespace millrace::aws::sns::deliver
