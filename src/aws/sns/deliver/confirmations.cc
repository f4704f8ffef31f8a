#include "aws/sns/deliver/confirmations.h"

#include <fmt/format.h>

#include <utility>

#include "aws/request_id.h"
#include "aws/sns/deliver/http_channel.h"
#include "aws/sns/deliver/mail_channel.h"
#include "aws/sns/envelope.h"
#include "aws/sns/topic_attributes.h"
#include "base/log.h"
#include "broker/queue/queues.h"

namespace millrace::aws::sns::deliver {
namespace {

using delivery::Outcome;

SignatureVersion version_of(engine::Lane& lane, const TopicName& name) {
  const auto* const topic = broker::find_topic(lane, name.key());
  const bool second = topic != nullptr && annotation(topic->config().annotations, signature_version_attribute) == "2";
  return second ? SignatureVersion::sha256 : SignatureVersion::sha1;
}

constexpr std::size_t detail_max = 200;  // of an answer, in the log

Outcome refused(std::string why) { return {.kind = Outcome::Kind::refused, .detail = std::move(why)}; }

// What the queue of another account gets: the document itself.
Result<void> send_to_queue(engine::Lane& lane, const std::string& key, const std::string& document,
                           const Confirmation& about, const broker::MessageId& id) {
  if (!lane.serving()) return fail(ErrorCode::unavailable, "this part of the server is recovering");
  auto* const queue = broker::find_queue(lane, key);
  if (queue == nullptr) return fail(ErrorCode::not_found, "there is no such queue");
  const auto topic_arn = about.topic.arn();
  const auto properties = encode_publication({.topic_arn = topic_arn});
  const auto delivery = broker::encode(broker::Delivery{.subscription = about.subscription.id, .raw = true});
  auto sent = queue->send({.message = {.encoding = broker::Encoding::sns,
                                       .id = id,
                                       .properties = properties,
                                       .body = document,
                                       .delivery = delivery},
                           .delay = {},
                           .dedup = {}});
  return sent ? Result<void>() : pass(sent);
}

}  // namespace

void Confirmations::send(engine::Lane& lane, Confirmation confirmation) {
  signer_.prepare(lane.core(), [this, &lane, confirmation = std::move(confirmation),
                                alive = std::weak_ptr(alive_)](const aws::Outcome<void>& ready) mutable {
    if (alive.expired()) return;
    if (!ready) return logging::warn("sns: a confirmation cannot be signed: {}", ready.error().message);
    begin(lane, std::move(confirmation));
  });
}

bool Confirmations::enter(engine::Lane& lane, const std::string& about) {
  auto& count = under_way_[lane.id().get()];
  if (count < under_way_max) return ++count, true;
  logging::warn("sns: {}: too many confirmations are under way", about);
  return false;
}

void Confirmations::begin(engine::Lane& lane, Confirmation confirmation) {
  const auto& subscription = confirmation.subscription;
  auto about = SubscriptionName{confirmation.topic, subscription.id}.arn();
  if (!enter(lane, about)) return;
  Sender sender = signer_.sender();
  sender.base_url = confirmation.base_url;
  const auto id = random_uuid(lane.core());
  const auto topic_arn = confirmation.topic.arn();
  auto document = render_confirmation({.kind = confirmation.kind,
                                       .id = id,
                                       .topic_arn = topic_arn,
                                       .subscription_arn = about,
                                       .token = confirmation.token,
                                       .time = lane.now(),
                                       .version = version_of(lane, confirmation.topic)},
                                      sender);
  const auto protocol = protocol_of(subscription);
  auto attempt = std::make_shared<Attempt>();
  if (is_http(protocol)) {
    const bool subscribing = confirmation.kind == ConfirmationKind::subscription;
    HttpPost post{.url = subscription.endpoint,
                  .type = subscribing ? "SubscriptionConfirmation" : "UnsubscribeConfirmation",
                  .message_id = std::string(view(text_of(id))),
                  .topic_arn = topic_arn,
                  .subscription_arn = subscribing ? std::string() : about,
                  .body = std::make_shared<const std::string>(std::move(document))};
    *attempt = [this, post = std::move(post)](env::Core& core, Done done) {
      outside_.http.call(core, http_call(post),
                         [done = std::move(done)](const Result<delivery::HttpAnswer>& answer) mutable {
                           done(read_http_answer(answer));
                         });
    };
  } else if (protocol == SubscriptionProtocol::email || protocol == SubscriptionProtocol::email_json) {
    *attempt = [this, mail = confirmation_mail(confirmation, sender, std::move(document))](env::Core& core, Done done) {
      if (outside_.mailer == nullptr) return done(refused("no mail server is configured"));
      outside_.mailer->send(core, mail, std::move(done));
    };
  } else if (protocol == SubscriptionProtocol::sqs) {
    *attempt = [this, document = std::move(document), confirmation, id](env::Core& core, Done done) {
      const auto& key = confirmation.subscription.target;
      engine_.run(engine_.lane_of(key), core,
                  [&core, key, document, confirmation, id, done = std::move(done)](engine::Lane& there) mutable {
                    auto sent = send_to_queue(there, key, document, confirmation, id);
                    core.post([done = std::move(done), sent = std::move(sent)]() mutable {
                      if (sent) return done({.kind = Outcome::Kind::delivered});
                      done(sent.error().code == ErrorCode::not_found ? refused(sent.error().message)
                                                                     : delivery::without_answer(sent.error()));
                    });
                  });
    };
  } else {
    --under_way_[lane.id().get()];
    return;
  }
  run(lane, std::move(attempt), std::move(about), tries_max);
}

void Confirmations::send_code(engine::Lane& lane, PhoneCode code) {
  if (!enter(lane, code.phone)) return;
  auto attempt = std::make_shared<Attempt>();
  *attempt = [this, sms = delivery::Sms{.phone = code.phone,
                                        .text = fmt::format("The code that verifies this number is {}.", code.code),
                                        .type = delivery::Sms::Type::transactional}](env::Core& core, Done done) {
    if (outside_.sms == nullptr) return done(refused("no gateway for text messages is configured"));
    outside_.sms->send(core, sms, std::move(done));
  };
  run(lane, std::move(attempt), std::move(code.phone), tries_max);
}

void Confirmations::run(engine::Lane& lane, std::shared_ptr<Attempt> attempt, std::string about, int tries_left) {
  const auto held = attempt;  // while it runs
  (*held)(lane.core(), [this, &lane, attempt = std::move(attempt), about = std::move(about), tries_left,
                        alive = std::weak_ptr(alive_)](const Outcome& outcome) mutable {
    if (alive.expired()) return;
    const bool again = outcome.kind == Outcome::Kind::retry && tries_left > 1;
    if (!again) {
      --under_way_[lane.id().get()];
      if (outcome.kind != Outcome::Kind::delivered) {
        logging::warn("sns: {} was not reached: {} {}", about, outcome.status, outcome.detail.substr(0, detail_max));
      }
      return;
    }
    lane.core().after(pause, [this, &lane, attempt = std::move(attempt), about = std::move(about), tries_left,
                              alive = std::move(alive)]() mutable {
      if (!alive.expired()) run(lane, std::move(attempt), std::move(about), tries_left - 1);
    });
  });
}

}  // namespace millrace::aws::sns::deliver
