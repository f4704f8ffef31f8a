// Mailer: whoever takes mail for other people. The implementation hands it to a relay (curl_mailer.h); tests put a fake in
// its place.
#pragma once
#include <string>

#include "base/callback.h"
#include "delivery/outcome.h"
#include "env/core.h"

namespace millrace::delivery {

struct Mail {
  std::string from;       // "alerts@example.com" or "Alerts <alerts@example.com>"; empty: what the operator configured
  std::string from_name;  // shown instead of the name in `from`; empty: that one
  std::string to;         // one address
  std::string subject;    // one line, UTF-8
  std::string text;       // UTF-8
  std::string html;       // the same for readers that show HTML; empty: none
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  // Any core; `done` runs on `home`, never within send(). Delivered means that the relay has taken the mail over.
  // Refused: the relay's answer was of the 500s (its status is the outcome's), or the mail cannot be written: an address
  // that is none, a subject of several lines. Everything else is a retry: an answer of the 400s, no connection, no TLS,
  // a password that the relay does not take (which is the operator's to mend).
  virtual void send(env::Core& home, Mail mail, Callback<void(Outcome)> done) = 0;
};

}  // namespace millrace::delivery
