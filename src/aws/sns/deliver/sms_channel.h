// SmsChannel: notifications as text messages, as far as the account allows: not to numbers that opted out, in the sandbox
// only to those that were verified. The gateway knows what a message costs, not this server, so no spend limit is kept.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "aws/sns/account.h"
#include "aws/sns/deliver/channel.h"
#include "aws/sns/limits.h"
#include "delivery/sms.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

// What a message's attributes ask for; empty: nothing.
struct SmsWishes {
  std::string type;
  std::string number;
  std::string sender;
};
SmsWishes wishes_of(const AttributeViews& attributes);
// What they and the account's settings say of a message.
void apply(const SmsWishes& wishes, const Attributes& settings, delivery::Sms& sms);
// Why an account does not write to a number; empty: it does.
std::string_view refusal(const Account& account, const Limits& limits, std::string_view phone);

class SmsChannel final : public Channel {
 public:
  // All outlive this.
  SmsChannel(engine::Engine& engine, const Limits& limits, delivery::SmsGateway& gateway)
      : engine_(engine), limits_(limits), gateway_(gateway) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient&) const override { return false; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;

 private:
  std::optional<Outcome> ask(engine::Lane& lane, const std::string& key, const SmsWishes& wishes,
                             delivery::Sms& sms) const;

  engine::Engine& engine_;
  const Limits& limits_;
  delivery::SmsGateway& gateway_;
};

}  // namespace millrace::aws::sns::deliver
