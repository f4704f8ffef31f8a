#include "aws/sns/deliver/deliveries.h"

namespace millrace::aws::sns::deliver {

Deliveries::Deliveries(engine::Engine& engine, const Limits& limits, Signer& signer, const delivery::Outside& outside)
    : http_(outside.http),
      lambda_(outside.lambda),
      streams_(engine),
      push_(engine, outside.push),
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
    sms_.emplace(engine, limits, *outside.sms);
    outlets_.set(SubscriptionProtocol::sms, *sms_);
  }
}

}  // namespace millrace::aws::sns::deliver
