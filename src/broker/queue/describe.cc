#include "broker/queue/describe.h"

#include <fmt/format.h>

#include "broker/queue/changes.h"

namespace millrace::broker {
namespace {

constexpr std::size_t body_shown_max = 60;

// Printable ASCII as it is, everything else as dots.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, body_shown_max));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '.';
  }
  return text.size() > body_shown_max ? out + "…" : out;
}

std::string words(const AcquireChange& change) {
  constexpr std::string_view steps[] = {"take", "take", "pass", "drop", "drop"};
  std::string out = fmt::format("acquire until {}, cursor {}:", to_ms(change.due), change.cursor.get());
  for (const auto& item : change.items) {
    out += fmt::format(" {} {}", steps[static_cast<int>(item.step)], item.seq.get());
  }
  return out;
}

std::string words(std::string_view name, const ByteReader& in) {
  RenewChange change;
  return decode(in, change) ? fmt::format("{} {} until {}", name, change.seq.get(), to_ms(change.due))
                            : fmt::format("{}, unreadable", name);
}

}  // namespace

std::string describe_queue_change(std::uint16_t type, Bytes bytes) {
  ByteReader in(bytes);
  switch (static_cast<QueueChange>(type)) {
    case QueueChange::configure: {
      ConfigureChange change;
      return decode(in, change) ? fmt::format("configure{}", change.config.fifo ? " (FIFO)" : "")
                                : "configure, unreadable";
    }
    case QueueChange::send: {
      SendChange change;
      if (!decode(in, change)) return "send, unreadable";
      return fmt::format("send at {}{}{}", to_ms(change.now),
                         change.due == Time{} ? "" : fmt::format(", delayed until {}", to_ms(change.due)),
                         change.dedup ? ", with deduplication id" : "");
    }
    case QueueChange::acquire: {
      AcquireChange change;
      return decode(in, change) ? words(change) : "acquire, unreadable";
    }
    case QueueChange::accept: return fmt::format("accept {}", in.varint());
    case QueueChange::renew: return words("renew", in);
    case QueueChange::postpone: return words("postpone", in);
    case QueueChange::reclaim: return fmt::format("reclaim at {}", in.i64());
    case QueueChange::purge: return fmt::format("purge at {}", in.i64());
    case QueueChange::move: {
      MoveTask task;
      return decode(in, task) ? fmt::format("move task {}: {} of {} moved", task.id, task.moved, task.to_move)
                              : "move task, unreadable";
    }
  }
  return fmt::format("change {}, unknown here", type);
}

std::string describe_message(Bytes record) {
  const auto message = decode_message(record);
  if (!message) return fmt::format("{} bytes, not a message", record.size());
  std::string id;
  for (const auto byte : message->id) id += fmt::format("{:02x}", byte);
  return fmt::format("{} sent {}{} {} bytes \"{}\"", id, to_ms(message->sent),
                     message->group.empty() ? "" : fmt::format(", group {}", shown(message->group)),
                     message->body.size(), shown(message->body));
}

}  // namespace millrace::broker
