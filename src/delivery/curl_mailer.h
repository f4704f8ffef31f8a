// CurlMailer: Mailer that hands mail to a relay over SMTP with libcurl. The contract is mail.h; where the transfers run is
// curl_loop.h.
//
// A connection to the relay is kept and used again. The address rules do not apply: the operator chose the relay.
#pragma once
#include <string>

#include "base/time.h"
#include "delivery/curl_loop.h"
#include "delivery/mail.h"

namespace millrace::delivery {

struct SmtpRelay {
  // STARTTLS. Optional protects from who only listens: whoever stands in between can take the offer away, so the
  // relay's certificate is not looked at either. With smtps:// there is TLS from the beginning, and this says nothing.
  enum class StartTls { never, optional, required };

  std::string url;   // smtp://HOST[:PORT] or smtps://HOST[:PORT]
  std::string user;  // empty: no authentication
  std::string password;
  StartTls starttls = StartTls::optional;
  std::string from;     // of mails that name no sender; one address, perhaps with a name
  std::string ca_file;  // certificates, in PEM, that are trusted beside the system's; empty: none
  Duration timeout{60'000};
};

class CurlMailer final : public Mailer {
 public:
  CurlMailer(CurlLoop& loop, SmtpRelay relay);
  void send(env::Core& home, Mail mail, Callback<void(Outcome)> done) override;

 private:
  CurlLoop& loop_;
  const std::shared_ptr<const SmtpRelay> relay_;
};

}  // namespace millrace::delivery
