#include "aws/sns/deliver/status_log.h"

#include <fmt/chrono.h>

#include <charconv>

#include "aws/digest.h"
#include "aws/request_id.h"
#include "aws/sns/json_object.h"
#include "aws/sns/stored.h"
#include "aws/sns/topic_attributes.h"
#include "base/log.h"

namespace millrace::aws::sns::deliver {
namespace {

constexpr std::size_t response_max = 1'024;

// What the topic's attributes for a protocol begin with; empty: none are for it.
std::string_view feedback_prefix(SubscriptionProtocol protocol) {
  switch (protocol) {
    case SubscriptionProtocol::http:
    case SubscriptionProtocol::https: return "HTTP";
    case SubscriptionProtocol::lambda: return "Lambda";
    case SubscriptionProtocol::firehose: return "Firehose";
    case SubscriptionProtocol::application: return "Application";
    default: return {};
  }
}

bool wanted(engine::Lane& lane, const broker::Topic& topic, const Ended& ended) {
  const auto prefix = std::string(feedback_prefix(ended.recipient.protocol));
  if (prefix.empty()) return false;
  const auto& attributes = topic.config().annotations;
  if (!ended.delivered()) return !annotation(attributes, prefix + "FailureFeedbackRoleArn").empty();
  if (annotation(attributes, prefix + "SuccessFeedbackRoleArn").empty()) return false;
  const auto& rate = annotation(attributes, prefix + "SuccessFeedbackSampleRate");
  unsigned percent = 0;
  std::from_chars(rate.data(), rate.data() + rate.size(), percent);
  return lane.core().random_u64() % 100 < percent;
}

// 2016-06-28 00:40:34.558
std::string log_time(Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", second, (time - second).count());
}

std::string finish(JsonObject& notification, JsonObject& delivery, bool delivered) {
  return JsonObject()
      .raw("notification", notification.finish())
      .raw("delivery", delivery.finish())
      .text("status", delivered ? "SUCCESS" : "FAILURE")
      .finish();
}

}  // namespace

std::string render_status(env::Core& core, const Ended& ended, Time published) {
  const auto stored = decode_publication(ended.message.properties).value_or(StoredPublication{});
  JsonObject notification;
  notification.text("messageMD5Sum", hex(md5(ended.message.body)))
      .text("messageId", view(text_of(ended.message.id)))
      .text("topicArn", stored.topic_arn)
      .text("timestamp", log_time(published));
  JsonObject delivery;
  delivery.text("deliveryId", view(text_of(random_uuid(core))))
      .text("destination", ended.recipient.endpoint)
      .text("providerResponse", std::string_view(ended.outcome.detail).substr(0, response_max))
      .number("dwellTimeMs", (ended.begun - published).count())
      .number("attempts", ended.attempts);
  if (ended.outcome.status != 0) delivery.number("statusCode", ended.outcome.status);
  return finish(notification, delivery, ended.delivered());
}

std::string render_status(const SmsEnded& ended) {
  JsonObject notification;
  notification.text("messageId", view(text_of(ended.id)));
  if (!ended.topic_arn.empty()) notification.text("topicArn", ended.topic_arn);
  notification.text("timestamp", log_time(ended.published));
  JsonObject delivery;
  if (ended.tried) delivery.number("numberOfMessageParts", static_cast<std::int64_t>(ended.parts));
  delivery.text("destination", ended.phone);
  if (ended.tried) delivery.raw("priceInUSD", delivery::write_usd(ended.price));
  delivery.text("smsType", ended.type)
      .text("providerResponse", std::string_view(ended.response).substr(0, response_max))
      .number("dwellTimeMs", ended.dwell.count());
  return finish(notification, delivery, ended.delivered);
}

void log_line(std::string_view line) { logging::info("sns delivery {}", line); }

void log_status(engine::Lane& lane, const Ended& ended) {
  const auto own = parse_own_key(ended.key);
  const auto* const topic = own ? broker::find_topic(lane, own->topic) : nullptr;
  if (topic == nullptr || !wanted(lane, *topic, ended)) return;
  log_line(render_status(lane.core(), ended, ended.message.sent));
}

}  // namespace millrace::aws::sns::deliver
