// SmsGateway: whoever takes text messages for phones. smpp_client.h and sms_http.h are the two kinds.
#pragma once
#include <cstdint>
#include <string>

#include "base/callback.h"
#include "delivery/outcome.h"
#include "env/core.h"

namespace millrace::delivery {

struct Sms {
  enum class Type : std::uint8_t { promotional, transactional };

  std::string phone;   // E.164: "+41791234567"
  std::string text;    // UTF-8
  std::string sender;  // a name, a number or a short code; empty: the gateway's own choice
  Type type = Type::promotional;
};

class SmsGateway {
 public:
  virtual ~SmsGateway() = default;
  // Any core; `done` runs on `home`. Delivered means that the gateway has taken all parts of the message over. After a
  // retry some parts may come twice.
  virtual void send(env::Core& home, Sms sms, Callback<void(Outcome)> done) = 0;
};

}  // namespace millrace::delivery
