// SmtpRelay: the mail server that takes mail from this one, as the operator describes it.
#pragma once
#include <string>

#include "base/time.h"

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

}  // namespace millrace::delivery
