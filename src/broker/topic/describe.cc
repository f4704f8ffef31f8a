#include "broker/topic/describe.h"

#include <fmt/format.h>

#include "broker/topic/state.h"

namespace millrace::broker {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string id_in(ByteReader& in) { return hex(in.raw(SubscriptionId{}.size())); }

}  // namespace

std::string describe_topic_change(std::uint16_t type, Bytes change) {
  ByteReader in(change);
  switch (static_cast<TopicChange>(type)) {
    case TopicChange::configure: return fmt::format("configure at {}", in.i64());
    case TopicChange::put: {
      const auto seen = view_subscription(as_text(change));
      if (!seen) return "put of an unreadable subscription";
      const std::string id(reinterpret_cast<const char*>(seen->id.data()), seen->id.size());
      return fmt::format("put {}subscription {} of {}", seen->confirmed ? "" : "pending ", hex(id),
                         seen->endpoint.empty() ? seen->target : seen->endpoint);
    }
    case TopicChange::erase: return fmt::format("erase subscription {}", id_in(in));
    case TopicChange::published: {
      in.i64();
      return fmt::format("published number {}", in.varint());
    }
    case TopicChange::redriven: return "redriven";
    case TopicChange::replayed: {
      const auto id = id_in(in);
      return fmt::format("replayed to subscription {} below {}", id, in.varint());
    }
  }
  return fmt::format("change {}, unknown here", type);
}

}  // namespace millrace::broker
