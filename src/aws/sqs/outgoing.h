// Outgoing: a message on its way into a queue. Checked and digested at home, so that the lane only stores it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/call.h"
#include "aws/sqs/limits.h"
#include "aws/sqs/message_attributes.h"
#include "broker/queue/queue.h"

namespace millrace::aws::sqs {

// The members that SendMessage and an entry of SendMessageBatch have in common. References into the request.
struct MessageInput {
  const std::string& body;
  const std::optional<std::int32_t>& delay_seconds;
  const codec::Map<models::sqs::MessageAttributeValue>& attributes;
  const codec::Map<models::sqs::MessageSystemAttributeValue>& system_attributes;
  const std::optional<std::string>& dedup_id;
  const std::optional<std::string>& group_id;
};

struct Outgoing {
  std::size_t size = 0;  // as the service counts it
  Md5 body_md5{};
  std::string attributes_md5;         // hexadecimal; empty without attributes
  std::string system_attributes_md5;  // the same
  std::string content_id;             // FIFO without an explicit id: SHA-256 of the body, hexadecimal
  std::string sender;
  std::string properties;
  broker::NewMessage message;  // views into this and the request
};

// Fills `out`, which stays where it is, from a message for a queue of the kind that `fifo` says. `trace_header` is the
// one of the HTTP request; empty: none.
Outcome<void> prepare_message(const MessageInput& input, bool fifo, Call& call, const Limits& limits,
                              std::string_view trace_header, Outgoing& out);

// On the lane: what only the queue's configuration can say.
bool fits(const Outgoing& message, const broker::Queue& queue);
Outcome<void> check_dedup(const Outgoing& message, const broker::Queue& queue);

// 20 digits, ascending.
std::string sequence_number(broker::Seq seq);

}  // namespace millrace::aws::sqs
