#include "aws/sns/application_events.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "aws/request_id.h"
#include "aws/sns/json_object.h"
#include "aws/sns/publication.h"
#include "aws/sns/topic_attributes.h"
#include "base/log.h"
#include "codec/timestamp.h"

namespace millrace::aws::sns {
namespace {

struct Row {
  std::string_view name;       // of the event
  std::string_view attribute;  // of the application
};
// By kind.
constexpr std::array<Row, 4> rows{{{"EndpointCreated", "EventEndpointCreated"},
                                   {"EndpointUpdated", "EventEndpointUpdated"},
                                   {"EndpointDeleted", "EventEndpointDeleted"},
                                   {"DeliveryFailure", "EventDeliveryFailure"}}};

const Row& row_of(EndpointEvent::Kind kind) { return rows.at(static_cast<std::size_t>(kind)); }

std::optional<TopicName> read_topic(std::string_view text) {
  const auto arn = parse_arn(text);
  if (!arn) return std::nullopt;
  const TopicName name{std::string(arn->region), std::string(arn->account), std::string(arn->resource)};
  // A FIFO topic would want a group.
  return name.fifo() ? std::nullopt : parse_key(name.key());
}

}  // namespace

std::string render_event(const EndpointEvent& event, Time time) {
  std::string written;
  codec::write_iso8601(time, written);
  JsonObject out;
  out.text("Service", "SNS")
      .text("Time", written)
      .text("EventType", row_of(event.kind).name)
      .text("Resource", event.endpoint.application.arn())
      .text("EndpointArn", event.endpoint.arn());
  if (event.kind == EndpointEvent::Kind::delivery_failure) {
    out.text("MessageId", view(text_of(event.message_id)))
        .number("DeliveryAttempts", event.attempts)
        .text("FailureType", event.failure_type)
        .text("FailureMessage", event.failure_message);
  }
  return out.finish();
}

void ApplicationEvents::tell(const Account& account, const EndpointEvent& event) {
  const auto& application = event.endpoint.application;
  const auto attributes = account.application(application);
  const auto& row = row_of(event.kind);
  auto topic = attributes ? read_topic(annotation(*attributes, row.attribute)) : std::nullopt;
  if (!topic) return;
  engine::Lane& lane = account.lane();
  lane.when_durable(
      [this, &lane, topic = std::move(*topic),
       subject = fmt::format("{} event for app {} ({})", row.name, application.name, application.platform),
       text = render_event(event, lane.now())](const Result<void>& durable) mutable {
        if (durable) publish(lane.core(), std::move(topic), std::move(subject), std::move(text));
      });
}

// As a client would, who waits until there is a key that signs.
void ApplicationEvents::publish(env::Core& core, TopicName topic, std::string subject, std::string text) {
  signer_.prepare(core, [this, &core, topic = std::move(topic), subject = std::move(subject),
                         text = std::move(text)](const Outcome<void>& ready) mutable {
    if (!ready) return logging::warn("sns: {} is not told: {}", topic.arn(), ready.error().message);
    auto key = topic.key();
    const auto lane_id = engine_.lane_of(key);
    engine_.run(lane_id, core,
                [key = std::move(key), name = std::move(topic), subject = std::move(subject),
                 text = std::move(text)](engine::Lane& lane) {
                  auto* const there = lane.serving() ? broker::find_topic(lane, key) : nullptr;
                  if (there == nullptr) return logging::warn("sns: {} is not told: {}", name.arn(), subject);
                  const CheckedMessage message{.text = text, .subject = subject, .dedup_id = {}, .size = text.size()};
                  const auto sent = publish_to(*there, name, message, random_uuid(lane.core()), {});
                  if (!sent) logging::warn("sns: {} is not told: {}", name.arn(), sent.error().message);
                });
  });
}

}  // namespace millrace::aws::sns
