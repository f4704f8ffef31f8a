#include "aws/sns/envelope.h"

#include <fmt/format.h>

#include "aws/request_id.h"
#include "codec/json_writer.h"
#include "codec/text.h"
#include "codec/timestamp.h"

namespace millrace::aws::sns {
namespace {

// Sequence numbers have twenty digits.
constexpr std::uint64_t sequence_base = 10'000'000'000'000'000'000ull;

std::string iso8601(Time time) {
  std::string text;
  codec::write_iso8601(time, text);
  return text;
}

// An object as the service lays it out: a member a line, a space on each side of the colon.
class Members {
 public:
  void text(std::string_view name, std::string_view value) {
    begin(name);
    codec::write_json_string(value, out_);
  }
  void raw(std::string_view name, std::string_view value) {
    begin(name);
    out_ += value;
  }
  std::string finish(std::string_view indent = {}) { return std::move(out_.append("\n").append(indent).append("}")); }

  explicit Members(std::string_view indent = "  ") : indent_(indent) {}

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? "{\n" : ",\n";
    out_ += indent_;
    codec::write_json_string(name, out_);
    out_ += " : ";
  }
  std::string_view indent_;
  std::string out_;
};

// What is signed: names and values in turn, each with a line of its own, in the order of the names.
class Signed {
 public:
  void add(std::string_view name, std::string_view value) {
    (text_ += name) += '\n';
    (text_ += value) += '\n';
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string certificate_url(const Sender& sender) {
  return fmt::format("{}/{}", sender.base_url, sender.key->certificate_name());
}

std::string percent(std::string_view text) {
  std::string out;
  codec::percent_encode(text, out);
  return out;
}

std::string attribute_value(const AttributeView& attribute) {
  if (!attribute.binary) return std::string(attribute.value);
  std::string encoded;
  codec::base64_encode(attribute.value, encoded);
  return encoded;
}

std::string type_and_value(const AttributeView& attribute) {
  std::string out = "{\"Type\":";
  codec::write_json_string(attribute.type, out);
  out += ",\"Value\":";
  codec::write_json_string(attribute_value(attribute), out);
  return out + '}';
}

std::string sign(const Notification& notification, const Sender& sender) {
  Signed text;
  text.add("Message", notification.text);
  text.add("MessageId", view(text_of(notification.id)));
  if (!notification.stored.subject.empty()) text.add("Subject", notification.stored.subject);
  text.add("Timestamp", iso8601(notification.published));
  text.add("TopicArn", notification.stored.topic_arn);
  text.add("Type", "Notification");
  return sender.key->sign(text.text(), notification.stored.signature);
}

}  // namespace

std::string Notification::subscription_arn() const {
  return fmt::format("{}:{}", stored.topic_arn, view(text_of(delivery.subscription)));
}

std::optional<Notification> read_notification(const broker::Message& message, std::string_view protocol) {
  if (message.encoding != broker::Encoding::sns) return std::nullopt;
  auto stored = decode_publication(message.properties);
  const auto delivery = broker::decode_delivery(message.delivery);
  if (!stored || !delivery) return std::nullopt;
  Notification notification{.id = message.id,
                            .published = delivery->published == Time{} ? message.sent : delivery->published,
                            .delivery = *delivery,
                            .stored = std::move(*stored),
                            .text = {}};
  if (!notification.stored.structured) {
    notification.text = message.body;
    return notification;
  }
  auto text = structured_text(message.body, protocol);
  if (!text) return std::nullopt;
  notification.text = std::move(*text);
  return notification;
}

std::string sequence_text(std::uint64_t sequence) { return std::to_string(sequence_base + sequence); }

std::string unsubscribe_url(const Sender& sender, std::string_view subscription_arn) {
  return fmt::format("{}/?Action=Unsubscribe&SubscriptionArn={}", sender.base_url, subscription_arn);
}

std::string subscribe_url(const Sender& sender, std::string_view topic_arn, std::string_view token) {
  return fmt::format("{}/?Action=ConfirmSubscription&TopicArn={}&Token={}", sender.base_url, topic_arn, percent(token));
}

std::string render_notification(const Notification& notification, const Sender& sender) {
  const auto& stored = notification.stored;
  Members members;
  members.text("Type", "Notification");
  members.text("MessageId", view(text_of(notification.id)));
  if (notification.fifo()) members.text("SequenceNumber", sequence_text(notification.delivery.sequence));
  members.text("TopicArn", stored.topic_arn);
  if (!stored.subject.empty()) members.text("Subject", stored.subject);
  members.text("Message", notification.text);
  members.text("Timestamp", iso8601(notification.published));
  // What a FIFO topic sends is not signed: only queues receive it.
  if (!notification.fifo()) {
    members.text("SignatureVersion", stored.signature == SignatureVersion::sha256 ? "2" : "1");
    members.text("Signature", sign(notification, sender));
    members.text("SigningCertURL", certificate_url(sender));
  }
  members.text("UnsubscribeURL", unsubscribe_url(sender, notification.subscription_arn()));
  // A text, as the service has it.
  if (notification.delivery.replayed) members.text("Replayed", "true");
  if (!stored.attributes.empty()) {
    Members attributes("    ");
    for (const auto& each : stored.attributes) attributes.raw(each.name, type_and_value(each));
    members.raw("MessageAttributes", attributes.finish("  "));
  }
  return members.finish();
}

std::string render_lambda_event(const Notification& notification, const Sender& sender) {
  const auto& stored = notification.stored;
  std::string out = R"({"Records":[{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":)";
  const auto add = [&](std::string_view name, std::string_view value) {
    out += out.back() == '{' ? "" : ",";
    codec::write_json_string(name, out);
    out += ':';
    codec::write_json_string(value, out);
  };
  codec::write_json_string(notification.subscription_arn(), out);
  out += R"(,"Sns":{)";
  add("Type", "Notification");
  add("MessageId", view(text_of(notification.id)));
  add("TopicArn", stored.topic_arn);
  if (stored.subject.empty()) {
    out += R"(,"Subject":null)";
  } else {
    add("Subject", stored.subject);
  }
  add("Message", notification.text);
  add("Timestamp", iso8601(notification.published));
  add("SignatureVersion", stored.signature == SignatureVersion::sha256 ? "2" : "1");
  add("Signature", sign(notification, sender));
  add("SigningCertUrl", certificate_url(sender));
  add("UnsubscribeUrl", unsubscribe_url(sender, notification.subscription_arn()));
  out += R"(,"MessageAttributes":{)";
  bool first = true;
  for (const auto& each : stored.attributes) {
    if (!std::exchange(first, false)) out += ',';
    codec::write_json_string(each.name, out);
    out += ':';
    out += type_and_value(each);
  }
  return out + "}}}]}";
}

std::string render_confirmation(const ConfirmationMessage& message, const Sender& sender) {
  const bool subscribing = message.kind == ConfirmationKind::subscription;
  const std::string_view type = subscribing ? "SubscriptionConfirmation" : "UnsubscribeConfirmation";
  const auto text = subscribing
                        ? fmt::format(
                              "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the "
                              "SubscribeURL included in this message.",
                              message.topic_arn)
                        : fmt::format(
                              "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore "
                              "the subscription, visit the SubscribeURL included in this message.",
                              message.subscription_arn);
  const auto id = text_of(message.id);
  const auto link = subscribe_url(sender, message.topic_arn, message.token);
  const auto time = iso8601(message.time);
  Signed content;
  content.add("Message", text);
  content.add("MessageId", view(id));
  content.add("SubscribeURL", link);
  content.add("Timestamp", time);
  content.add("Token", message.token);
  content.add("TopicArn", message.topic_arn);
  content.add("Type", type);
  Members members;
  members.text("Type", type);
  members.text("MessageId", view(id));
  members.text("Token", message.token);
  members.text("TopicArn", message.topic_arn);
  members.text("Message", text);
  members.text("SubscribeURL", link);
  members.text("Timestamp", time);
  members.text("SignatureVersion", message.version == SignatureVersion::sha256 ? "2" : "1");
  members.text("Signature", sender.key->sign(content.text(), message.version));
  members.text("SigningCertURL", certificate_url(sender));
  return members.finish();
}

}  // namespace millrace::aws::sns
