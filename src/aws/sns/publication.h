// Publications on their way from a request to a topic, a device or a phone: checked at home, before any lane is visited.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/failure.h"
#include "aws/identity.h"
#include "aws/message_attribute.h"
#include "aws/sns/limits.h"
#include "aws/sns/names.h"
#include "broker/queue/types.h"
#include "broker/topic/topic.h"
#include "codec/field.h"
#include "models/sns.h"

namespace millrace::aws::sns {

// Where a publication goes.
struct Destination {
  enum class Kind : std::uint8_t { topic, endpoint, phone };
  Kind kind = Kind::topic;
  TopicName topic;
  EndpointName endpoint;
  std::string phone;
};
// Exactly one of TopicArn, TargetArn (of a topic or an endpoint) and PhoneNumber.
Outcome<Destination> read_destination(const models::sns::PublishInput& input, const Caller& caller);

// The members that Publish and an entry of PublishBatch have in common. References into the request.
struct MessageInput {
  const std::string& message;
  const std::optional<std::string>& subject;
  const std::optional<std::string>& structure;
  const codec::Map<models::sns::MessageAttributeValue>& attributes;
  const std::optional<std::string>& dedup_id;
  const std::optional<std::string>& group_id;
};

// A message that may be published; views into the request.
struct CheckedMessage {
  std::string_view text;
  std::string_view subject;    // empty: none
  bool structured = false;     // the text is a JSON object with a text for each protocol
  AttributeViews attributes;   // sorted by name
  std::string_view group;      // empty: none
  std::string dedup_id;        // FIFO: the sender's, or the digest of the text
  bool dedup_by_text = false;  // that digest: the topic must deduplicate by content
  std::size_t size = 0;        // as the service counts it
  std::string raw_refusal;     // SQS's error, if it has more attributes than a raw copy in a queue may have
};
// `entry` is the number of the message in its batch, from 1 on; 0: it is no batch.
Outcome<CheckedMessage> check_message(const MessageInput& input, const Destination& destination, const Limits& limits,
                                      std::size_t entry = 0);

// A batch: its size, its ids, and every entry. One that is wrong fails them all.
Outcome<std::vector<CheckedMessage>> check_batch(const models::sns::PublishBatchInput& input,
                                                 const Destination& destination, const Limits& limits);

// On the lane: publishes, and counts that.
Outcome<broker::Published> publish_to(broker::Topic& topic, const TopicName& name, const CheckedMessage& message,
                                      const broker::MessageId& id, std::string_view trace_header);
// What only the topic's configuration can say.
Outcome<void> check_dedup(const CheckedMessage& message, const broker::TopicConfig& topic);
// What a FIFO topic remembers of a deduplication id; nothing for a message without one.
std::optional<broker::DedupDigest> dedup_digest(const CheckedMessage& message);

}  // namespace millrace::aws::sns
