// SmsChannel: notifications as text messages, as far as the account allows: not to numbers that opted out, in the sandbox
// only to those that were verified, and not beyond what the account may spend in a month.
//
// A message is paid for before it leaves, and what it cost is on disk by then, so the limit holds over crashes; when the
// gateway has not taken it over, the account has its money back. A crash in between leaves it charged, and charged again
// with the next attempt.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "aws/sns/account.h"
#include "aws/sns/deliver/channel.h"
#include "aws/sns/deliver/sms_wishes.h"
#include "aws/sns/limits.h"
#include "delivery/money.h"
#include "delivery/sms.h"
#include "engine/engine.h"

namespace millrace::aws::sns::deliver {

// Why an account does not write to a number; empty: it does.
std::string_view refusal(const Account& account, const Limits& limits, std::string_view phone);

class SmsChannel final : public Channel {
 public:
  // All outlive this. The price is that of each part of a message.
  SmsChannel(engine::Engine& engine, const Limits& limits, delivery::SmsGateway& gateway, delivery::MicroUsd part_price)
      : engine_(engine), limits_(limits), gateway_(gateway), part_price_(part_price) {}
  std::string render(const Outgoing& what) const override;
  bool signs(const Recipient&) const override { return false; }
  void send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) override;
  void ended(engine::Lane& lane, const Ended& ended) override;

 private:
  // A message, and what the account was charged for it.
  struct Paid {
    std::string region;
    std::string account;
    delivery::Sms sms;
    delivery::MicroUsd price;
    Time time{};
  };
  delivery::MicroUsd price_of(const delivery::Sms& sms) const;
  // On the account's lane: charges it, or says why nothing is sent.
  std::expected<Paid, Outcome> pay(engine::Lane& lane, Paid asked, const SmsWishes& wishes) const;
  void hand_over(env::Core& core, Paid paid, Callback<void(Outcome)> done);
  void give_back(env::Core& core, const Paid& paid);

  engine::Engine& engine_;
  const Limits& limits_;
  delivery::SmsGateway& gateway_;
  const delivery::MicroUsd part_price_;
};

}  // namespace millrace::aws::sns::deliver
