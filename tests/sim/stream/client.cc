#include "sim/stream/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::sim {
namespace {

using broker::Offset;

constexpr std::size_t slots_max = 12;
constexpr std::size_t subscribers_max = 4;

}  // namespace

StreamClients::StreamClients(const Setting& setting, const StreamWorkload& workload)
    : Clients(setting, "stream clients"), workload_(workload) {
  for (unsigned i = 0; i < workload.partitions; ++i) add_slot();
  for (unsigned i = 0; i < workload.readers; ++i) readers_.push_back(std::make_unique<Reader>());
  for (std::size_t i = 0; i < subscribers_max; ++i) subscribers_.push_back(std::make_unique<Subscriber>());
}

void StreamClients::use(Server* server) {
  engine_ = server == nullptr ? nullptr : &server->engine();
  server_.reset();
  for (auto& subscriber : subscribers_) subscriber->subscription = nullptr;
  if (server != nullptr) server_.emplace(*server);
}

StreamClients::Slot& StreamClients::add_slot() {
  auto& slot = *slots_.emplace_back(std::make_unique<Slot>());
  slot.key = fmt::format("sim/stream/{}", slots_.size());
  return slot;
}

template <class T>
Callback<void(Reply<T>)> StreamClients::call_to(std::size_t index, std::string what,
                                                Callback<void(const Reply<T>&)> answered, Callback<void()> unanswered) {
  Slot& slot = *slots_[index];
  ++slot.under_way;
  const auto history = slot.history;
  const bool was_certain = slot.presence == Presence::certain;
  return call<T>(
      slot.key + ": " + what,
      [this, &slot, history, was_certain, answered = std::move(answered)](const Reply<T>& reply) mutable {
        --slot.under_way;
        const auto code = reply ? ErrorCode::io : reply.error().error.code;
        if (!reply && code == ErrorCode::damaged) verdict_.violated("{}: {}", slot.key, reply.error().error.message);
        if (!reply && code == ErrorCode::not_found && was_certain && slot.history == history &&
            slot.presence == Presence::certain) {
          verdict_.violated("{}: the partition is lost: {}", slot.key, reply.error().error.message);
        }
        answered(reply);
      },
      [&slot, unanswered = std::move(unanswered)]() mutable {
        --slot.under_way;
        unanswered();
      });
}

// --- partitions ---

void StreamClients::prepare() {
  for (std::size_t i = 0; i < slots_.size(); ++i) make(i);
}

bool StreamClients::prepared() const {
  return std::ranges::all_of(slots_, [](const auto& slot) { return slot->presence == Presence::certain; });
}

// Also of one that is there: it must say so.
void StreamClients::make(std::size_t index) {
  Slot& slot = *slots_[index];
  if (slot.making || (slot.presence != Presence::certain && slot.under_way > 0)) return;
  slot.making = true;
  const bool before = slot.presence == Presence::certain;
  const bool must_be_new = slot.must_be_new;
  if (slot.presence == Presence::absent) {
    slot.history = std::make_shared<History>(fmt::format("{}#{}", slot.key, ++slot.made), workload_.retention, verdict_,
                                             world_.now());
    slot.presence = Presence::unknown;
    slot.must_be_new = false;
  }
  auto done = call_to<bool>(
      index, "make",
      [this, &slot, before, must_be_new](const Reply<bool>& made) {
        slot.making = false;
        if (!made) {
          if (made.error().refused && !before && must_be_new) {
            slot.presence = Presence::absent;
            slot.must_be_new = true;
          }
          return;
        }
        if (*made && before && slot.presence == Presence::certain) {
          verdict_.violated("{}: the partition is lost", slot.key);
        }
        if (!*made && must_be_new) verdict_.violated("{}: the partition was removed, and is here", slot.key);
        if (*made && !before && !must_be_new) {
          // Whatever it was before, it is new now.
          slot.history = std::make_shared<History>(fmt::format("{}#{}", slot.key, ++slot.made), workload_.retention,
                                                   verdict_, world_.now());
        }
        slot.presence = Presence::certain;
      },
      [&slot] { slot.making = false; });
  server_->create(slot.key, {.retention = workload_.retention}, std::move(done));
}

std::optional<std::size_t> StreamClients::some_slot() {
  const auto index = random_.below(slots_.size());
  Slot& slot = *slots_[index];
  if (slot.presence == Presence::certain) return index;
  make(index);
  return std::nullopt;
}

void StreamClients::destroy(std::size_t index) {
  Slot& slot = *slots_[index];
  if (slot.making || slot.configuring || slot.resharding) return;
  auto done = call_to<bool>(index, "remove", [&slot](const Reply<bool>& removed) {
    if (removed) {
      slot.presence = Presence::absent;
      slot.must_be_new = true;
    } else if (removed.error().refused && slot.presence == Presence::unknown) {
      slot.presence = Presence::certain;
    }
  });
  slot.presence = Presence::unknown;
  server_->destroy(slot.key, std::move(done));
}

void StreamClients::configure(std::size_t index) {
  Slot& slot = *slots_[index];
  if (std::exchange(slot.configuring, true)) return;
  const auto low = static_cast<std::uint64_t>(workload_.retention_min.count());
  const Duration retention(random_.between(low, static_cast<std::uint64_t>(workload_.retention.count())));
  const auto change = slot.history->configure_issued(retention, world_.now());
  auto done = call_to<bool>(
      index, fmt::format("retention of {} ms", retention.count()),
      [this, &slot, change, history = slot.history](const Reply<bool>& reply) {
        slot.configuring = false;
        if (reply) {
          history->configure_answered(change, world_.now());
        } else if (reply.error().refused) {
          history->configure_refused(change, world_.now());
        }
      },
      [&slot] { slot.configuring = false; });
  server_->configure(slot.key, {.retention = retention}, std::move(done));
}

// Closed, and followed by others.
void StreamClients::reshard(std::size_t index) {
  Slot& slot = *slots_[index];
  if (slot.history->closed() || std::exchange(slot.resharding, true)) return;
  slot.history->close_issued();
  auto done = call_to<bool>(
      index, "close",
      [this, &slot, history = slot.history](const Reply<bool>& closed) {
        slot.resharding = false;
        if (!closed) return;
        history->close_answered();
        if (slots_.size() + 2 > slots_max) return;
        for (int child = 0; child < 2; ++child) {
          add_slot();
          make(slots_.size() - 1);
        }
      },
      [&slot] { slot.resharding = false; });
  server_->close(slot.key, std::move(done));
}

// --- records ---

void StreamClients::act() {
  const auto slot = some_slot();
  if (!slot) return;
  const auto& verbs = workload_.verbs;
  Choice chosen(random_, {verbs.append, verbs.read, verbs.find, verbs.status, verbs.subscribe, verbs.configure,
                          verbs.reshard, verbs.destroy});
  if (chosen.is(verbs.append)) return append(*slot);
  if (chosen.is(verbs.read)) return read(*readers_[random_.below(readers_.size())]);
  if (chosen.is(verbs.find)) return find(*slot, nullptr);
  if (chosen.is(verbs.status)) return status(*slot, nullptr);
  if (chosen.is(verbs.subscribe)) return subscribe(*subscribers_[random_.below(subscribers_.size())]);
  if (chosen.is(verbs.configure)) return configure(*slot);
  if (chosen.is(verbs.reshard)) return reshard(*slot);
  destroy(*slot);
}

void StreamClients::append(std::size_t index) {
  Slot& slot = *slots_[index];
  // Now and then to one that is closed: it must refuse.
  if (slot.history->closed() && random_.percent(80)) return;
  // Batches of one are the most frequent, full ones are not rare.
  const auto kind = random_.below(10);
  const auto records = kind < 5   ? 1
                       : kind < 9 ? static_cast<std::uint32_t>(random_.between(1, workload_.records_max))
                                  : workload_.records_max;
  SentBatch& batch = slot.history->compose(records, random_.below(workload_.body_bytes_max + 1), world_.now());
  auto done = call_to<broker::Appended>(
      index, fmt::format("append batch {}, {} records, {} bytes", batch.number, batch.records, batch.body.size()),
      [this, &batch, history = slot.history, known = slot.history->known(world_.now())](const auto& reply) {
        history->append_answered(batch, known, reply, world_.now());
      });
  server_->append(slot.key, batch.records, batch.body, std::move(done));
}

void StreamClients::find(std::size_t index, Reader* reader) {
  Slot& slot = *slots_[index];
  const Time time = slot.history->some_time(random_, world_.now());
  auto done = call_to<Offset>(
      index, fmt::format("find {}", to_ms(time)),
      [this, time, reader, history = slot.history, known = slot.history->known(world_.now())](const auto& reply) {
        if (reader) reader->busy = false;
        if (!reply) return;
        history->found_time(time, known, reply->get(), world_.now());
        if (!reader) return;
        reader->history = history;
        reader->position = reply->get();
      },
      [reader] {
        if (reader) reader->busy = false;
      });
  server_->find_time(slot.key, time, std::move(done));
}

void StreamClients::status(std::size_t index, Reader* reader) {
  Slot& slot = *slots_[index];
  auto done = call_to<PartitionStatus>(
      index, "status",
      [this, reader, history = slot.history, known = slot.history->known(world_.now())](const auto& reply) {
        if (reader) reader->busy = false;
        if (!reply) return;
        history->status_answered(known, *reply, world_.now());
        tail_bytes_ += reply->tail_bytes;
        extents_ += reply->extents;
        if (!reader) return;
        reader->history = history;
        reader->position = reply->end.get();
      },
      [reader] {
        if (reader) reader->busy = false;
      });
  server_->status(slot.key, std::move(done));
}

// --- readers ---

void StreamClients::read(Reader& reader) {
  if (reader.busy) return;
  Slot& slot = *slots_[reader.slot];
  if (!reader.history || reader.history != slot.history || slot.presence != Presence::certain || random_.percent(3)) {
    return begin(reader);
  }
  const broker::StreamReadLimits limits{.records_max = static_cast<std::uint32_t>(random_.between(1, 600)),
                                        .bytes_max = random_.between(1, 40'000)};
  read_at(reader, reader.position, limits);
}

// At one of the places that a reader may begin at.
void StreamClients::begin(Reader& reader) {
  reader.history = nullptr;
  const auto slot = some_slot();
  if (!slot) return;
  reader.slot = *slot;
  const auto& history = slots_[*slot]->history;
  reader.busy = true;
  switch (random_.below(5)) {
    case 0: return status(*slot, &reader);
    case 1: return find(*slot, &reader);
    case 2: return read_at(reader, 1, {});
    default: return read_at(reader, history->some_offset(random_), {.records_max = 10});
  }
}

void StreamClients::read_at(Reader& reader, std::uint64_t position, broker::StreamReadLimits limits) {
  reader.busy = true;
  Slot& slot = *slots_[reader.slot];
  auto done = call_to<Given>(
      reader.slot, fmt::format("read from {}", position),
      [this, &reader, position, history = slot.history, known = slot.history->known(world_.now())](const auto& given) {
        reader.busy = false;
        if (!given) return;
        history->given(position, known, *given, world_.now());
        received_ += given->batches.size();
        reader.history = given->at_end ? nullptr : history;
        reader.position = given->next.get();
      },
      [&reader] { reader.busy = false; });
  server_->read(slot.key, Offset(position), limits, std::move(done));
}

// --- subscribers ---

// From where it was, or at another place.
void StreamClients::subscribe(Subscriber& subscriber) {
  if (subscriber.subscription && !subscriber.subscription->stopped && random_.percent(50)) return;
  if (!stays(subscriber) || random_.percent(20)) {
    if (subscriber.subscription) subscriber.subscription->stopped = true;
    subscriber.subscription = nullptr;
    subscriber.history = nullptr;
    const auto slot = some_slot();
    if (!slot) return;
    subscriber.slot = *slot;
    subscriber.history = slots_[*slot]->history;
    subscriber.position = subscriber.history->some_offset(random_);
  }
  open(subscriber);
}

bool StreamClients::stays(const Subscriber& subscriber) const {
  const Slot& slot = *slots_[subscriber.slot];
  return subscriber.history && slot.history == subscriber.history && slot.presence == Presence::certain;
}

void StreamClients::open(Subscriber& subscriber) {
  if (subscriber.subscription) subscriber.subscription->stopped = true;
  subscriber.at_end = false;
  subscriber.last = world_.now();
  auto subscription = std::make_shared<Subscription>();
  subscription->key = slots_[subscriber.slot]->key;
  subscription->position = Offset(subscriber.position);
  // It holds itself no longer than the server holds it.
  subscription->push = [this, &subscriber, weak = std::weak_ptr(subscription)](const Reply<Given>& given) {
    if (auto strong = weak.lock()) pushed(subscriber, strong, given);
  };
  subscriber.subscription = subscription;
  world_.note(fmt::format("subscribe to {} from {}", subscription->key, subscriber.position));
  server_->subscribe(std::move(subscription));
}

void StreamClients::pushed(Subscriber& subscriber, const std::shared_ptr<Subscription>& subscription,
                           const Reply<Given>& given) {
  if (world_.crashed() || subscriber.subscription != subscription) return;
  if (!given) {
    world_.note(fmt::format("the subscription of {} ends: {}", subscription->key, given.error().error.message));
    return;
  }
  world_.note(fmt::format("pushed from {}: {} batches up to {}", subscription->key, given->batches.size(),
                          given->next.get() - 1));
  History& history = *subscriber.history;
  if (given->next.get() == subscriber.position && !given->at_end) {
    verdict_.violated("{}: a watcher was woken at {} for nothing", history.name(), subscriber.position);
  }
  // It may have been read at any time since the last push.
  const History::Known known{.issued = subscriber.last};
  history.given(subscriber.position, known, *given, world_.now());
  received_ += given->batches.size();
  subscriber.position = given->next.get();
  subscriber.at_end = given->at_end;
  subscriber.last = world_.now();
}

void StreamClients::resubscribe() {
  for (auto& subscriber : subscribers_) {
    const bool open_now = subscriber->subscription && !subscriber->subscription->stopped;
    if (stays(*subscriber) && !subscriber->at_end && !open_now) open(*subscriber);
  }
}

std::uint64_t StreamClients::received() const { return received_; }

}  // namespace millrace::sim
