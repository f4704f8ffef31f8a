// MailChannel: notifications as mail: the text with a link that ends the subscription (email), or the signed envelope
// (email-json).
#pragma once
#include "aws/sns/confirmation.h"
#include "aws/sns/deliver/channel.h"
#include "delivery/mail.h"

namespace millrace::aws::sns::deliver {

class MailChannel final : public Channel {
 public:
  // It outlives this.
  explicit MailChannel(delivery::Mailer& mailer) : mailer_(mailer) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient& recipient) const override {
    return recipient.protocol == SubscriptionProtocol::email_json;
  }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;
  // A relay may take its time over each mail, and mails wait for one another.
  Duration attempt_max() const override { return Duration{300'000}; }

 private:
  delivery::Mailer& mailer_;
};

// What asks for a confirmation, or tells of the end of a subscription; `document` is what email-json gets.
delivery::Mail confirmation_mail(const Confirmation& confirmation, const Sender& sender, std::string document);

}  // namespace millrace::aws::sns::deliver
