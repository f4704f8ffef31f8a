#include "broker/stream/describe.h"

#include <fmt/format.h>

#include "broker/stream/batch.h"
#include "broker/stream/state.h"

namespace millrace::broker {

std::string describe_stream_change(std::uint16_t type, Bytes change) {
  ByteReader in(change);
  switch (static_cast<StreamChange>(type)) {
    case StreamChange::configure: return fmt::format("configure at {}", in.i64());
    case StreamChange::append: return "append";
    case StreamChange::trim: return fmt::format("trim below {}", in.varint());
    case StreamChange::close: return fmt::format("close at {}", in.i64());
  }
  return fmt::format("change {}, unknown here", type);
}

std::string describe_batch(Bytes record) {
  const auto head = read_batch_head(record);
  if (!head) return fmt::format("{} bytes, not a batch", record.size());
  return fmt::format("{} records at {}, {} bytes", head->records, to_ms(head->time), record.size() - BatchHead::size);
}

}  // namespace millrace::broker
