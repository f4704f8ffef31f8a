#include "aws/sns/deliver/status_log.h"

#include <array>
#include <charconv>

#include "aws/digest.h"
#include "aws/request_id.h"
#include "aws/sns/stored.h"
#include "aws/sns/topic_attributes.h"
#include "base/log.h"
#include "codec/json_writer.h"
#include "codec/timestamp.h"

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

// An object without spaces.
class Object {
 public:
  Object& text(std::string_view name, std::string_view value) {
    begin(name);
    codec::write_json_string(value, out_);
    return *this;
  }
  Object& raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
    return *this;
  }
  Object& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  std::string finish() { return std::move(out_ += '}'); }

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    codec::write_json_string(name, out_);
    out_ += ':';
  }
  std::string out_;
};

std::string log_time(Time time) {
  std::string text;
  codec::write_iso8601(time, text);
  return text;
}

}  // namespace

std::string render_status(env::Core& core, const Ended& ended, Time published) {
  const auto stored = decode_publication(ended.message.properties).value_or(StoredPublication{});
  Object notification;
  notification.text("messageMD5Sum", hex(md5(ended.message.body)))
      .text("messageId", view(text_of(ended.message.id)))
      .text("topicArn", stored.topic_arn)
      .text("timestamp", log_time(published));
  Object delivery;
  delivery.text("deliveryId", view(text_of(random_uuid(core))))
      .text("destination", ended.recipient.endpoint)
      .text("providerResponse", std::string_view(ended.outcome.detail).substr(0, response_max))
      .number("dwellTimeMs", (ended.begun - published).count())
      .number("attempts", ended.attempts);
  if (ended.outcome.status != 0) delivery.number("statusCode", ended.outcome.status);
  return Object()
      .raw("notification", notification.finish())
      .raw("delivery", delivery.finish())
      .text("status", ended.delivered() ? "SUCCESS" : "FAILURE")
      .finish();
}

void log_status(engine::Lane& lane, const Ended& ended) {
  const auto own = parse_own_key(ended.key);
  const auto* const topic = own ? broker::find_topic(lane, own->topic) : nullptr;
  if (topic == nullptr || !wanted(lane, *topic, ended)) return;
  logging::info("sns delivery {}", render_status(lane.core(), ended, ended.message.sent));
}

}  // namespace millrace::aws::sns::deliver
