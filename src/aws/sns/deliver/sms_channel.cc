#include "aws/sns/deliver/sms_channel.h"

#include <utility>

#include "aws/sns/deliver/counters.h"
#include "aws/sns/deliver/sms_report.h"
#include "aws/sns/sms_settings.h"
#include "base/log.h"
#include "delivery/sms_text.h"

namespace millrace::aws::sns::deliver {
namespace {

using delivery::MicroUsd;

// The words of the service's delivery logs.
constexpr std::string_view opted_out = "Phone number is opted out";
constexpr std::string_view too_dear = "This delivery would exceed max price";
constexpr std::string_view no_quota = "No quota left for account";

std::unexpected<Outcome> refuse_delivery(std::string_view why) {
  return std::unexpected(Outcome{.kind = Outcome::Kind::refused, .detail = std::string(why)});
}

std::unexpected<Outcome> try_later(std::string_view why) {
  return std::unexpected(Outcome{.kind = Outcome::Kind::retry, .detail = std::string(why)});
}

// The name of a topic that has one comes first.
std::string text_for(const Recipient& recipient, const Notification& notification) {
  const auto& name = recipient.display_name;
  return name.empty() ? notification.text : name + "> " + notification.text;
}

}  // namespace

std::string_view refusal(const Account& account, const Limits& limits, std::string_view phone) {
  if (account.opted_out(phone)) return opted_out;
  if (!limits.sms_sandbox) return {};
  const auto state = account.sandbox_number(phone);
  if (state && annotation(*state, sandbox_status_field) == sandbox_verified) return {};
  return "Phone number is not verified in the SMS sandbox";
}

std::string SmsChannel::render(const Outgoing& what) const { return text_for(what.recipient, what.notification); }

void SmsChannel::send(env::Core& core, const Outgoing& what, std::string body, Callback<void(Outcome)> done) {
  const auto& to = what.recipient;
  Paid asked{.region = to.region,
             .account = to.account,
             .sms = {.phone = plain_phone_number(to.endpoint), .text = std::move(body)}};
  engine_.run(
      engine_.lane_of(account_key(to.region, to.account)), core,
      [this, &core, asked = std::move(asked), wishes = wishes_of(what.notification.stored.attributes),
       done = std::move(done)](engine::Lane& lane) mutable {
        auto paid = pay(lane, std::move(asked), wishes);
        if (!paid) {
          return core.post(
              [outcome = std::move(paid.error()), done = std::move(done)]() mutable { done(std::move(outcome)); });
        }
        const bool free = paid->price == MicroUsd{};
        auto go_on = [this, &core, paid = std::move(*paid), done = std::move(done)](const Result<void>& kept) mutable {
          core.post([this, &core, kept = kept.has_value(), paid = std::move(paid), done = std::move(done)]() mutable {
            if (!kept) return done(try_later("what it costs could not be kept").error());
            hand_over(core, std::move(paid), std::move(done));
          });
        };
        free ? go_on({}) : lane.when_durable(std::move(go_on));
      });
}

MicroUsd SmsChannel::price_of(const delivery::Sms& sms) const {
  if (part_price_ == MicroUsd{}) return {};
  return MicroUsd(part_price_.get() * static_cast<std::int64_t>(delivery::count_sms_parts(sms.text)));
}

std::expected<SmsChannel::Paid, Outcome> SmsChannel::pay(engine::Lane& lane, Paid asked,
                                                         const SmsWishes& wishes) const {
  if (!lane.serving()) return try_later("this part of the server is recovering");
  const auto key = account_key(asked.region, asked.account);
  Account account(lane, key);
  if (const auto why = refusal(account, limits_, asked.sms.phone); !why.empty()) return refuse_delivery(why);
  if (auto ok = account.note_writing_to_phones(); !ok) return try_later(ok.error().message);
  const auto settings = account.sms_settings();
  asked.sms.type = type_of(wishes, settings);
  asked.sms.sender = sender_of(wishes, settings);
  asked.price = price_of(asked.sms);
  asked.time = lane.now();
  if (asked.price == MicroUsd{}) return asked;
  const auto most = delivery::read_usd(wishes.price_max);
  if (most && asked.price > *most) return refuse_delivery(too_dear);
  const MicroUsd spent(account.sms_spent(asked.time).get() + asked.price.get());
  if (spent > spend_limit_of(settings)) return refuse_delivery(no_quota);
  if (auto ok = account.put_sms_spent(asked.time, spent); !ok) return try_later(ok.error().message);
  count_spent(lane, asked.region, asked.account, spent);
  return asked;
}

void SmsChannel::hand_over(env::Core& core, Paid paid, Callback<void(Outcome)> done) {
  auto sms = std::move(paid.sms);
  gateway_.send(core, std::move(sms),
                [this, &core, paid = std::move(paid), done = std::move(done)](Outcome outcome) mutable {
                  if (outcome.kind != Outcome::Kind::delivered) give_back(core, paid);
                  done(std::move(outcome));
                });
}

// Unless another month has begun, which was not charged.
void SmsChannel::give_back(env::Core& core, const Paid& paid) {
  if (paid.price == MicroUsd{}) return;
  auto key = account_key(paid.region, paid.account);
  const auto lane_id = engine_.lane_of(key);
  engine_.run(lane_id, core,
              [key = std::move(key), region = paid.region, name = paid.account, price = paid.price,
               time = paid.time](engine::Lane& lane) {
                if (!lane.serving()) return;
                Account account(lane, key);
                const auto before = account.sms_spent(time);
                if (before < price) return;
                const MicroUsd spent(before.get() - price.get());
                if (auto ok = account.put_sms_spent(time, spent); !ok) {
                  return logging::warn("sns: what a text message cost is not given back: {}", ok.error().message);
                }
                count_spent(lane, region, name, spent);
              });
}

void SmsChannel::ended(engine::Lane& lane, const Ended& ended) {
  const auto notification = read_notification(ended.message, text_name(ended.recipient));
  if (!notification) return;
  report_sms(engine_, lane, ended, text_for(ended.recipient, *notification), part_price_);
}

}  // namespace millrace::aws::sns::deliver
