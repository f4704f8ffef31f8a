#include "aws/kinesis/subscription.h"

#include <fmt/format.h>

#include "aws/kinesis/counters.h"
#include "codec/cbor_writer.h"
#include "codec/json_writer.h"

namespace millrace::aws::kinesis {
namespace {

// While the children of a shard that has ended are not routed to yet.
constexpr Duration children_pause{50};

std::string_view content_type(EventEncoding encoding) {
  return encoding == EventEncoding::cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1";
}

}  // namespace

std::shared_ptr<Subscription> Subscription::make(Kinesis& kinesis, env::Core& home, Facts facts) {
  return {new Subscription(kinesis, home, std::move(facts)),
          [&home](Subscription* dropped) { home.post([owned = std::unique_ptr<Subscription>(dropped)] {}); }};
}

Subscription::Subscription(Kinesis& kinesis, env::Core& home, Facts facts)
    : kinesis_(kinesis),
      home_(home),
      facts_(std::move(facts)),
      shard_key_(facts_.stream.shard_key(facts_.stream_created, facts_.shard)),
      hold_key_(fmt::format("{}/{}", shard_key_, facts_.consumer)),
      lane_(kinesis.engine().lane_of(shard_key_)) {}

void Subscription::start(http::BodyStream body, SubscriptionId id, const ShardProperties& properties,
                         std::uint64_t offset) {
  body_ = std::move(body);
  id_ = id;
  properties_ = properties;
  next_ = offset;
  started_ = true;
  if (std::exchange(ended_, false)) return end();  // taken over while it was on its way home
  const auto self = weak_from_this();
  body_.on_gone([self] {
    if (const auto alive = self.lock()) alive->end();
  });
  life_ = home_.after(kinesis_.limits().subscription_life, [self] {
    if (const auto alive = self.lock()) alive->end();
  });
  std::string first;
  codec::write_event({{":message-type", "event"},
                      {":event-type", "initial-response"},
                      {":content-type", content_type(facts_.encoding)}},
                     facts_.encoding == EventEncoding::cbor ? "\xA0" : "{}", first);
  body_.send(std::move(first));
  read();
}

void Subscription::read() {
  if (ended_) return;
  if (body_.pending() > kinesis_.limits().pending_bytes_max) {
    return body_.on_drained([self = shared_from_this()] { self->read(); });
  }
  kinesis_.engine().run(lane_, home_, [self = shared_from_this(), from = next_](engine::Lane& lane) mutable {
    read_there(std::move(self), lane, from);
  });
}

void Subscription::read_there(Ptr self, engine::Lane& lane, std::uint64_t from) {
  auto* const shard = lane.serving() ? broker::find_stream_partition(lane, self->shard_key_) : nullptr;
  if (shard == nullptr) {
    Failure why = lane.serving() ? shard_not_found(self->facts_.stream, shard_id(self->facts_.shard))
                                 : Failure{&errors::internal_failure_exception, "The shard is recovering."};
    return fail_from(std::move(self), std::move(why));
  }
  const auto& limits = self->kinesis_.limits();
  const auto pause =
      self->kinesis_.throttle(lane.id()).wait(Rated::bytes_out, self->hold_key_, limits.shard_out_bytes, lane.now());
  if (pause > Duration{}) {
    lane.after(pause, [self = std::move(self), &lane, from]() mutable { read_there(std::move(self), lane, from); });
    return;
  }
  shard->read(broker::Offset(from), {limits.get_records_max, limits.event_bytes_max},
              [self, &lane](Result<broker::StreamRead> read) mutable {
                if (!read) {
                  return fail_from(std::move(self), {&errors::internal_failure_exception, read.error().message});
                }
                if (read->batches.empty() && !read->at_end) return wait_there(std::move(self), lane, read->next.get());
                env::Core& home = self->home_;
                home.post([self = std::move(self), read = std::move(*read)]() mutable { self->take(std::move(read)); });
              });
}

// Until there are records, or it is time for a sign of life.
void Subscription::wait_there(Ptr self, engine::Lane& lane, std::uint64_t from) {
  auto* const shard = broker::find_stream_partition(lane, self->shard_key_);
  if (shard == nullptr) return read_there(std::move(self), lane, from);
  struct Wait {
    bool over = false;
    broker::StreamWatchId watch{};
    env::TimerId timer{};
  };
  auto wait = std::make_shared<Wait>();
  wait->watch = shard->watch(broker::Offset(from), [wait, self, &lane, from] {
    if (std::exchange(wait->over, true)) return;
    lane.core().cancel(wait->timer);
    read_there(self, lane, from);
  });
  wait->timer = lane.core().after(self->kinesis_.limits().heartbeat, [wait, self, &lane] {
    if (std::exchange(wait->over, true)) return;
    if (auto* const still = broker::find_stream_partition(lane, self->shard_key_)) still->unwatch(wait->watch);
    self->home_.post([self] { self->heartbeat(); });
  });
}

void Subscription::fail_from(Ptr self, Failure why) {
  env::Core& home = self->home_;
  home.post([self = std::move(self), why = std::move(why)] { self->fail(why); });
}

void Subscription::take(broker::StreamRead given) {
  const auto& limits = kinesis_.limits();
  bool more = !given.batches.empty();
  while (more && !ended_) {
    codec::Arena arena;
    Cut part = cut(given, properties_, next_, {limits.get_records_max, limits.event_bytes_max}, arena);
    if (part.damaged) return fail({&errors::internal_failure_exception, "A stored record cannot be read."});
    next_ = part.next;
    more = !part.all;
    if (part.records.empty()) break;
    model::SubscribeToShardEvent event;
    event.continuation_sequence_number = text_of(properties_.at(next_ - 1));
    event.millis_behind_latest = std::max(given.behind, Duration{}).count();
    const auto records = part.records.size();
    event.records = std::move(part.records);
    send(event);
    count(part.bytes, records, given.behind);
  }
  if (ended_) return;
  if (given.at_end) return find_children();
  read();
}

void Subscription::heartbeat() {
  if (ended_) return;
  model::SubscribeToShardEvent event;
  event.continuation_sequence_number = text_of(properties_.at(next_ - 1));
  event.millis_behind_latest = 0;
  send(event);
  read();
}

// What was sent counts against the consumer's rate, on the lane.
void Subscription::count(std::size_t bytes, std::size_t records, Duration behind) {
  kinesis_.engine().run(lane_, home_, [self = shared_from_this(), bytes, records, behind](engine::Lane& lane) {
    self->kinesis_.throttle(lane.id()).charge(Rated::bytes_out, self->hold_key_,
                                              self->kinesis_.limits().shard_out_bytes, bytes, lane.now());
    count_event(lane, self->facts_.stream, self->facts_.consumer,
                {bytes, records, static_cast<std::uint64_t>(std::max(behind, Duration{}).count())});
  });
}

void Subscription::find_children() {
  const auto id = kinesis_.engine().lane_of(facts_.stream.catalog_key());
  kinesis_.engine().run(id, home_, [self = shared_from_this()](engine::Lane& lane) mutable {
    const auto& facts = self->facts_;
    const Catalog catalog(lane, facts.stream.catalog_key());
    std::vector<model::ChildShard> children;
    bool ended = false;
    if (lane.serving()) {
      const auto entry = catalog.stream(facts.stream.name);
      if (!entry || entry->created != facts.stream_created) {
        return fail_from(std::move(self), stream_not_found(facts.stream));
      }
      const auto shard = catalog.shard(facts.stream.name, facts.shard);
      ended = !shard || shard->state == ShardState::closed;
      children = children_of(catalog, facts.stream, facts.shard);
    }
    lane.when_durable([self = std::move(self), ended, children = std::move(children)](Result<void> durable) mutable {
      env::Core& home = self->home_;
      home.post([self = std::move(self), ended = ended && durable, children = std::move(children)]() mutable {
        if (ended) return self->end_with_children(std::move(children));
        self->home_.after(children_pause, [self] {
          if (!self->ended_) self->find_children();
        });
      });
    });
  });
}

void Subscription::end_with_children(std::vector<model::ChildShard> children) {
  if (ended_) return;
  model::SubscribeToShardEvent event;
  event.millis_behind_latest = 0;
  event.child_shards = std::move(children);
  send(event);
  end();
}

std::string Subscription::payload_of(const codec::Shape& shape, const void* object) const {
  std::string payload;
  if (facts_.encoding == EventEncoding::cbor) {
    codec::write_cbor(shape, object, codec::CborDialect::aws, payload);
  } else {
    codec::write_json(shape, object, payload);
  }
  return payload;
}

void Subscription::send(const model::SubscribeToShardEvent& event) {
  std::string message;
  codec::write_event({{":message-type", "event"},
                      {":event-type", "SubscribeToShardEvent"},
                      {":content-type", content_type(facts_.encoding)}},
                     payload_of(model::SubscribeToShardEvent::shape, &event), message);
  body_.send(std::move(message));
}

void Subscription::fail(const Failure& why) {
  if (ended_) return;
  if (started_) {
    std::string payload;
    if (facts_.encoding == EventEncoding::cbor) {
      codec::write_cbor_error(why.kind->json, why.message, codec::CborDialect::aws, payload);
    } else {
      codec::write_json_error(why.kind->json, why.message, payload);
    }
    std::string message;
    codec::write_event({{":message-type", "exception"},
                        {":exception-type", why.kind->json},
                        {":content-type", content_type(facts_.encoding)}},
                       payload, message);
    body_.send(std::move(message));
  }
  end();
}

void Subscription::yield_to_other() {
  fail(in_use(fmt::format("Another active subscription exists for this consumer: {}:{}:{}:{}", facts_.stream.account,
                          facts_.stream.name, shard_id(facts_.shard), facts_.consumer)));
}

void Subscription::end() {
  if (std::exchange(ended_, true) || !started_) return;
  home_.cancel(life_);
  http::BodyStream(std::move(body_)).end();
  kinesis_.engine().run(lane_, home_, [self = shared_from_this()](engine::Lane& lane) {
    self->kinesis_.subscriptions(lane.id()).release(self->hold_key_, self->id_);
  });
}

}  // namespace millrace::aws::kinesis
