// Delivering: the bodies of acquired messages are read while the acquisition becomes durable; both must be done before
// the poller hears of them.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "broker/queue/changes.h"
#include "broker/queue/queue.h"
#include "broker/queue/reader.h"
#include "broker/queue/state.h"
#include "engine/lane.h"

namespace millrace::broker {

struct Queue::Delivery {
  std::vector<Acquired> messages;
  std::vector<GroupHash> ordered_groups;  // of the messages, one by one; empty where order does not matter
  std::size_t waiting_for = 1;            // reads under way, and the journal
  std::optional<Error> error;
  Done done;

  Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  // Given up by a lane that has failed: whoever waits is told.
  ~Delivery() {
    if (done) done(fail(ErrorCode::unavailable, "this part of the server is recovering"));
  }

  void fill(std::size_t index, const RecordRef& record) {
    const auto message = decode_message(record.bytes);
    if (!message) {
      error = Error{ErrorCode::damaged, "a stored message cannot be read"};
      return;
    }
    auto& acquired = messages[index];
    acquired.message = *message;
    acquired.acquired_count += message->acquired_before;
    acquired.keep = record.keep;
  }

  // In order means that nothing of a group comes before what could not be read.
  void hold_back_behind_unread() {
    std::set<GroupHash> unread;
    for (std::size_t index = 0; index < ordered_groups.size() && index < messages.size(); ++index) {
      auto& keep = messages[index].keep;
      if (unread.contains(ordered_groups[index])) keep = nullptr;
      if (keep == nullptr) unread.insert(ordered_groups[index]);
    }
  }

  void one_done() {
    if (--waiting_for > 0) return;
    hold_back_behind_unread();
    // A message that cannot be read is not served; the others are.
    std::erase_if(messages, [](const Acquired& acquired) { return acquired.keep == nullptr; });
    auto answer = std::exchange(done, nullptr);
    if (error && messages.empty()) return answer(std::unexpected(std::move(*error)));
    answer(std::move(messages));
  }
};

void Queue::deliver(const AcquireChange& change, std::vector<RecordRef> records, Done done) {
  auto delivery = std::make_shared<Delivery>();
  delivery->done = std::move(done);
  std::vector<Seq> to_fetch;
  for (const auto& item : change.items) {
    if (item.step != Step::take_slot && item.step != Step::take_scanned) continue;
    const Slot& slot = *state_->slots.find(item.seq);
    delivery->messages.push_back({.receipt = {.partition = id(), .seq = item.seq, .attempt = slot.acquired},
                                  .first_acquired = slot.first_acquired,
                                  .acquired_count = slot.acquired});
    if (config().fifo) delivery->ordered_groups.push_back(slot.group);
    const auto index = delivery->messages.size() - 1;
    const auto read = std::ranges::find(records, item.seq, &RecordRef::seq);
    if (read != records.end()) {
      delivery->fill(index, *read);
      continue;
    }
    ++delivery->waiting_for;
    fetch(item.seq, [delivery, index, this_key = key()](Result<RecordRef> record) {
      if (record) {
        delivery->fill(index, *record);
      } else {
        logging::error("{}: {}", this_key, record.error().message);
        delivery->error = record.error();
      }
      delivery->one_done();
    });
  }
  lane().when_durable([delivery](Result<void> durable) {
    if (!durable) {
      delivery->error = durable.error();
      delivery->messages.clear();
    }
    delivery->one_done();
  });
}

// An empty answer too shows a state (that nothing is there), so it waits like any other.
void Queue::deliver_nothing(Done done) {
  lane().when_durable([done = std::move(done)](Result<void> durable) mutable {
    if (durable) {
      done(std::vector<Acquired>());
    } else {
      done(std::unexpected(std::move(durable.error())));
    }
  });
}

void Queue::fetch(Seq seq, Callback<void(Result<RecordRef>)> done) {
  if (const auto* place = backlog().in_memory(seq)) return done(record_at(*place));
  backlog().load(
      seq, engine::Segments::Access::random, [seq, done = std::move(done)](Result<engine::BlockPtr> block) mutable {
        if (!block) return done(std::unexpected(std::move(block.error())));
        const auto& records = (*block)->records;
        const auto at = std::ranges::lower_bound(records, seq.get(), {}, &log::Record::seq);
        if (at == records.end() || at->seq != seq.get()) {
          return done(fail(ErrorCode::damaged, "message " + std::to_string(seq.get()) + " is not in its segment"));
        }
        done(RecordRef{.seq = seq, .bytes = at->bytes, .keep = *block});
      });
}

}  // namespace millrace::broker
