// CurlMailer: Mailer that hands mail to a relay over SMTP with libcurl. The contract is mail.h; where the transfers run is
// curl_loop.h.
//
// A connection to the relay is kept and used again. The address rules do not apply: the operator chose the relay.
#pragma once
#include <memory>

#include "delivery/curl_loop.h"
#include "delivery/mail.h"
#include "delivery/smtp_relay.h"

namespace millrace::delivery {

class CurlMailer final : public Mailer {
 public:
  CurlMailer(CurlLoop& loop, SmtpRelay relay);
  void send(env::Core& home, Mail mail, Callback<void(Outcome)> done) override;

 private:
  CurlLoop& loop_;
  const std::shared_ptr<const SmtpRelay> relay_;
};

}  // namespace millrace::delivery
