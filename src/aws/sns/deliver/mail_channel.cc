#include "aws/sns/deliver/mail_channel.h"

#include <fmt/format.h>

#include <utility>

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view default_subject = "AWS Notification Message";

}  // namespace

std::string MailChannel::render(const Outgoing& what) const {
  const auto& notification = what.notification;
  if (what.recipient.protocol == SubscriptionProtocol::email_json)
    return render_notification(notification, what.sender);
  return fmt::format("{}\n\n--\nThis address is subscribed to {}. To end the subscription, open\n{}\n",
                     notification.text, notification.stored.topic_arn,
                     unsubscribe_url(what.sender, notification.subscription_arn()));
}

void MailChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  const auto& subject = what.notification.stored.subject;
  mailer_.send(core,
               {.from_name = what.recipient.display_name,
                .to = what.recipient.endpoint,
                .subject = std::string(subject.empty() ? default_subject : subject),
                .text = std::move(body)},
               std::move(done));
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
