#include "aws/sns/deliver/mail_channel.h"

#include <fmt/format.h>

#include <utility>

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view default_subject = "AWS Notification Message";

}  // namespace

void MailChannel::send(env::Core& core, const Outgoing& what, Callback<void(Outcome)> done) {
  const auto& notification = what.notification;
  const auto& subject = notification.stored.subject;
  delivery::Mail mail{.to = what.recipient.endpoint,
                      .subject = std::string(subject.empty() ? default_subject : subject)};
  if (what.recipient.protocol == SubscriptionProtocol::email_json) {
    mail.text = render_notification(notification, what.sender);
  } else {
    mail.text = fmt::format("{}\n\n--\nThis address is subscribed to {}. To end the subscription, open\n{}\n",
                            notification.text, notification.stored.topic_arn,
                            unsubscribe_url(what.sender, notification.subscription_arn()));
  }
  mailer_.send(core, std::move(mail), std::move(done));
}

delivery::Mail confirmation_mail(const Confirmation& confirmation, const Sender& sender, std::string document) {
  const bool subscribing = confirmation.kind == ConfirmationKind::subscription;
  const auto topic_arn = confirmation.topic.arn();
  delivery::Mail mail{.to = confirmation.subscription.endpoint,
                      .subject = subscribing ? "AWS Notification - Subscription Confirmation"
                                             : "AWS Notification - Unsubscribe Confirmation"};
  if (protocol_of(confirmation.subscription) == SubscriptionProtocol::email_json) {
    mail.text = std::move(document);
    return mail;
  }
  const auto link = subscribe_url(sender, topic_arn, confirmation.token);
  mail.text = subscribing ? fmt::format(
                                "Somebody asks that this address receives what is published to the topic\n{}\n\nTo "
                                "confirm the subscription, open\n{}\n\nIf you do not want it, do nothing.\n",
                                topic_arn, link)
                          : fmt::format(
                                "The subscription of this address to the topic\n{}\nhas ended.\n\nIf that was a "
                                "mistake, open\n{}\n",
                                topic_arn, link);
  return mail;
}

}  // namespace millrace::aws::sns::deliver
