#include "aws/sns/deliver/sms_report.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "aws/sns/deliver/country.h"
#include "aws/sns/sms_settings.h"
#include "aws/sns/stored.h"
#include "aws/sns/target.h"
#include "delivery/sms_text.h"

namespace millrace::aws::sns::deliver {
namespace {

using metrics::Metric;

constexpr std::string_view accepted = "Message has been accepted by phone carrier";

// Every failure; of the successes as many as the account says, all if it says nothing.
bool wanted(engine::Lane& lane, const Attributes& settings, bool delivered) {
  if (annotation(settings, status_role_setting).empty()) return false;
  const auto& rate = annotation(settings, status_sampling_setting);
  if (!delivered || rate.empty()) return true;
  unsigned percent = 0;
  std::from_chars(rate.data(), rate.data() + rate.size(), percent);
  return lane.core().random_u64() % 100 < percent;
}

void count(engine::Lane& lane, const std::string& region, const std::string& account, const SmsEnded& ended) {
  const auto key = fmt::format("sms/{}/{}/{}/{}", region, account, country_of(ended.phone), ended.type);
  const auto series = lane.metrics().open(metrics::Kind::sms, key);
  series->add(Metric::sms_success_rate, ended.delivered ? 1 : 0, lane.now());
  series->add(ended.delivered ? Metric::sms_delivered : Metric::sms_failed, 1, lane.now());
}

SmsEnded describe(const Ended& ended, std::string_view text, delivery::MicroUsd part_price,
                  const StoredPublication& stored) {
  const auto& outcome = ended.outcome;
  const auto parts = delivery::count_sms_parts(text);
  return {.id = ended.message.id,
          .topic_arn = std::string(stored.topic_arn),
          .published = ended.message.sent,
          .dwell = ended.begun - ended.message.sent,
          .phone = plain_phone_number(ended.recipient.endpoint),
          .tried = ended.delivered() || outcome.status != 0,
          .parts = parts,
          .price = delivery::MicroUsd(part_price.get() * static_cast<std::int64_t>(parts)),
          .response = ended.delivered() && outcome.detail.empty() ? std::string(accepted) : outcome.detail,
          .delivered = ended.delivered()};
}

}  // namespace

void report_sms(engine::Engine& engine, engine::Lane& lane, const Ended& ended, std::string_view text,
                delivery::MicroUsd part_price) {
  const auto stored = decode_publication(ended.message.properties).value_or(StoredPublication{});
  auto key = account_key(ended.recipient.region, ended.recipient.account);
  const auto lane_id = engine.lane_of(key);
  engine.run(lane_id, lane.core(),
             [key = std::move(key), region = ended.recipient.region, account = ended.recipient.account,
              wishes = wishes_of(stored.attributes),
              described = describe(ended, text, part_price, stored)](engine::Lane& there) mutable {
               const auto settings = there.serving() ? Account(there, key).sms_settings() : Attributes();
               described.type = name_of(type_of(wishes, settings));
               count(there, region, account, described);
               if (wanted(there, settings, described.delivered)) log_line(render_status(described));
             });
}

}  // namespace millrace::aws::sns::deliver
