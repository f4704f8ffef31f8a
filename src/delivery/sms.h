// SmsGateway: whoever takes text messages for phones. smpp_client.h and sms_http.h are the two kinds.
#pragma once
#include <cstdint>
#include <functional>
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

// What a phone has sent.
struct SmsAnswer {
  std::string phone;  // E.164
  std::string text;   // UTF-8
};
// `kept` is to run once, on any core: with true when the message need not come again.
using SmsListener = std::function<void(SmsAnswer answer, Callback<void(bool)> kept)>;

class SmsGateway {
 public:
  virtual ~SmsGateway() = default;
  // Any core; `done` runs on `home`. Delivered means that the gateway has taken all parts of the message over. After a
  // retry some parts may come twice.
  virtual void send(env::Core& home, Sms sms, Callback<void(Outcome)> done) = 0;
  // From now on `listener` hears what phones send, on the gateway's core; null: nobody does. On that core. Not every kind
  // of gateway hears them.
  virtual void listen(SmsListener /*listener*/) {}
};

}  // namespace millrace::delivery
