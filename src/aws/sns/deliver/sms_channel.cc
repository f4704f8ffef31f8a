#include "aws/sns/deliver/sms_channel.h"

#include <utility>

#include "aws/sns/topic_attributes.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::string_view sender_attribute = "AWS.SNS.SMS.SenderID";
constexpr std::string_view type_attribute = "AWS.SNS.SMS.SMSType";
constexpr std::string_view number_attribute = "AWS.MM.SMS.OriginationNumber";
constexpr std::string_view transactional = "Transactional";

}  // namespace

std::string_view refusal(const Account& account, const Limits& limits, std::string_view phone) {
  if (account.opted_out(phone)) return "Phone number is opted out";
  if (!limits.sms_sandbox) return {};
  const auto state = account.sandbox_number(phone);
  if (state && annotation(*state, sandbox_status_field) == sandbox_verified) return {};
  return "Phone number is not verified in the SMS sandbox";
}

SmsWishes wishes_of(const AttributeViews& attributes) {
  SmsWishes wishes;
  for (const auto& each : attributes) {
    if (each.name == type_attribute) wishes.type = each.value;
    if (each.name == number_attribute) wishes.number = each.value;
    if (each.name == sender_attribute) wishes.sender = each.value;
  }
  return wishes;
}

void apply(const SmsWishes& wishes, const Attributes& settings, delivery::Sms& sms) {
  const auto& type = wishes.type.empty() ? annotation(settings, "DefaultSMSType") : wishes.type;
  sms.type = type == transactional ? delivery::Sms::Type::transactional : delivery::Sms::Type::promotional;
  sms.sender = wishes.number;
  if (sms.sender.empty()) sms.sender = wishes.sender;
  if (sms.sender.empty()) sms.sender = annotation(settings, "DefaultSenderID");
}

// The name of a topic that has one comes first.
std::string SmsChannel::render(const Outgoing& what) const {
  const auto& name = what.recipient.display_name;
  return name.empty() ? what.notification.text : name + "> " + what.notification.text;
}

void SmsChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  auto key = account_key(what.recipient.region, what.recipient.account);
  const auto lane_id = engine_.lane_of(key);
  engine_.run(
      lane_id, core,
      [this, &core, key = std::move(key),
       sms = delivery::Sms{.phone = what.recipient.endpoint, .text = std::move(body)},
       wishes = wishes_of(what.notification.stored.attributes), done = std::move(done)](engine::Lane& lane) mutable {
        auto outcome = ask(lane, key, wishes, sms);
        core.post([this, &core, outcome = std::move(outcome), sms = std::move(sms), done = std::move(done)]() mutable {
          if (outcome) return done(std::move(*outcome));
          gateway_.send(core, std::move(sms), std::move(done));
        });
      });
}

// On the account's lane: why it cannot be sent, or nothing.
std::optional<Outcome> SmsChannel::ask(engine::Lane& lane, const std::string& key, const SmsWishes& wishes,
                                       delivery::Sms& sms) const {
  if (!lane.serving()) return Outcome{.kind = Outcome::Kind::retry, .detail = "this part of the server is recovering"};
  const Account account(lane, key);
  const auto why = refusal(account, limits_, sms.phone);
  if (!why.empty()) return Outcome{.kind = Outcome::Kind::refused, .detail = std::string(why)};
  apply(wishes, account.sms_settings(), sms);
  return std::nullopt;
}

}  // namespace millrace::aws::sns::deliver
