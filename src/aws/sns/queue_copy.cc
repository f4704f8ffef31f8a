#include "aws/sns/queue_copy.h"

#include <algorithm>

#include "aws/sns/deliver/dead_letter.h"
#include "aws/sns/envelope.h"

namespace millrace::aws::sns {
namespace {

// Each queue's copy has an id of its own, of version 4 (RFC 9562) like every other, and the same at every receive.
broker::MessageId id_of_copy(const broker::MessageId& message, const broker::SubscriptionId& subscription) {
  broker::MessageId id{};
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = static_cast<std::uint8_t>(message[i] ^ subscription[i]);
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0F) | 0x40);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3F) | 0x80);
  return id;
}

// Why it was given up, as message attributes; sorted by name, as all are.
void add(const DeadLetterReason& reason, AttributeViews& attributes) {
  const auto add_one = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) attributes.push_back({.name = name, .type = "String", .value = value});
  };
  add_one("ErrorCode", reason.error_code);
  add_one("ErrorMessage", reason.error_message);
  add_one("RequestID", reason.request_id);
  std::ranges::sort(attributes, {}, &AttributeView::name);
}

}  // namespace

std::optional<QueueCopy> QueueCopies::copy_for_queue(const broker::Message& message) const {
  const auto delivery = broker::decode_delivery(message.delivery);
  const auto reason = delivery ? decode_reason(delivery->words) : std::nullopt;
  // A dead letter is what its subscriber would have got.
  auto notification = read_notification(message, reason ? reason->text_name : "sqs");
  if (!notification) return std::nullopt;
  QueueCopy copy{.id = id_of_copy(message.id, notification->delivery.subscription)};
  copy.trace_header = notification->stored.trace_header;
  copy.ordered = notification->delivery.sequence != 0;
  if (notification->delivery.raw) {
    copy.body = std::move(notification->text);
    copy.attributes = std::move(notification->stored.attributes);
    if (reason) add(*reason, copy.attributes);
    return copy;
  }
  const Sender sender = signer_.sender();
  if (sender.key == nullptr) return std::nullopt;
  copy.body = render_notification(*notification, sender);
  if (reason) add(*reason, copy.attributes);
  return copy;
}

}  // namespace millrace::aws::sns
