// A message as every protocol shares it: a common header and the body's bytes as they came.
//
// `record` is the stored form (docs/format/message.md). What only one protocol understands (SQS message attributes
// with their digests, AMQP properties …) travels in `properties`, opaque to the models; `encoding` names the protocol
// that wrote it, so that another one can convert when it reads.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace millrace::broker {

// Who wrote the properties and the body. Stored: numbers are never reused.
enum class Encoding : std::uint8_t { sqs = 1, sns = 2 };

using MessageId = std::array<std::uint8_t, 16>;

struct Message {
  Encoding encoding = Encoding::sqs;
  MessageId id{};
  Time sent{};                        // when the first queue accepted it; kept when it moves to a dead-letter queue
  std::uint32_t acquired_before = 0;  // times that it was acquired in queues it was moved from
  std::string_view sender;            // who sent it, in the words of the protocol
  std::string_view group;             // ordering key; empty: none
  std::string_view dedup_id;          // as the sender gave it, or the digest of the content
  std::string_view origin;            // key of the queue that it was moved from as a dead letter; empty: none
  std::string_view properties;
  std::string_view body;
  std::string_view delivery;  // what a topic says about this copy, in the words of its door; empty: none
};

// The number of bytes that encode_message writes.
std::size_t encoded_size(const Message& message);
// Writes exactly encoded_size(message) bytes.
void encode_message(const Message& message, MutableBytes into);
// What comes before a message that a topic shares between its targets, and makes it one with this `delivery`.
std::string delivery_head(std::string_view delivery);
// What such a head says; empty when it is none.
std::string_view delivery_of(Bytes head);
// The views point into `record`. Empty when the bytes are not a message.
std::optional<Message> decode_message(Bytes record);

}  // namespace millrace::broker
