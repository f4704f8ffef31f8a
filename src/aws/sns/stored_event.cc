#include "aws/sns/stored_event.h"

#include "aws/sns/stored.h"

namespace millrace::aws::sns {

broker::FilterEvent event_of(const broker::Message& message) {
  broker::FilterEvent event;
  const auto stored = message.encoding == broker::Encoding::sns ? decode_publication(message.properties) : std::nullopt;
  if (!stored) return event;
  for (const auto& each : stored->attributes) event.add_attribute(each.name, each.type, each.value);
  return event;
}

}  // namespace millrace::aws::sns
