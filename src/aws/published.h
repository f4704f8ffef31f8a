// What a message that a topic delivered into a queue looks like to those who receive it there. It is stored as it was
// published, once for all queues; this makes the queue's copy of it. The topics' service implements it.
#pragma once
#include <optional>
#include <string>

#include "aws/message_attribute.h"
#include "broker/message.h"

namespace millrace::aws {

struct QueueCopy {
  broker::MessageId id{};  // of the copy: another one for each queue, and always the same
  std::string body;
  AttributeViews attributes;  // views into the message; for raw delivery only
  std::string_view trace_header;
  bool ordered = false;  // by a FIFO topic, whose groups mean nothing to a standard queue
};

class PublishedReader {
 public:
  virtual ~PublishedReader() = default;
  // On any core. Nothing when the message cannot be read.
  virtual std::optional<QueueCopy> copy_for_queue(const broker::Message& message) const = 0;
};

}  // namespace millrace::aws
