// SubscribeToShard: checks the consumer at the catalog and the shard at its lane, then hands over to a Subscription.
#include <fmt/format.h>

#include "aws/kinesis/counters.h"
#include "aws/kinesis/handlers.h"
#include "aws/kinesis/shard_read.h"
#include "aws/kinesis/subscription.h"

namespace millrace::aws::kinesis {
namespace {

class SubscribeToShard final : public Handler<op::SubscribeToShard> {
 public:
  using Handler::Handler;

 private:
  void handle(CallPtr call) override {
    auto consumer = parse_consumer_arn(in_.consumer_arn);
    if (!consumer) {
      return finish(std::move(call), bad_pattern(in_.consumer_arn, "consumerARN",
                                                 "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer"
                                                 "\\/[a-zA-Z0-9_.-]+:[0-9]+"));
    }
    consumer_ = std::move(*consumer);
    auto from = parse_starting_point(in_.starting_position.type, in_.starting_position.sequence_number,
                                     in_.starting_position.timestamp, "SubscribeToShard", in_.shard_id,
                                     consumer_.stream, call->home.now());
    if (!from) return finish(std::move(call), std::move(from.error()));
    from_ = *from;
    const auto number = parse_shard_id(in_.shard_id);
    if (!number) return finish(std::move(call), shard_not_found(consumer_.stream, in_.shard_id));
    shard_ = *number;
    auto& engine = kinesis_.engine();
    env::Core& home = call->home;
    engine.run(engine.lane_of(consumer_.stream.catalog_key()), home,
               [this, call = std::move(call)](engine::Lane& lane) mutable { at_catalog(lane, std::move(call)); });
  }

  Outcome<Time> find_stream(engine::Lane& lane) const {
    if (!lane.serving()) return refuse(failed({ErrorCode::unavailable, "recovering its data"}));
    const Catalog catalog(lane, consumer_.stream.catalog_key());
    const auto& stream = consumer_.stream;
    const auto entry = catalog.stream(stream.name);
    if (!entry || entry->status == StreamStatus::deleting) return refuse(stream_not_found(stream));
    const auto consumer = catalog.consumer(stream.name, consumer_.consumer);
    if (!consumer || to_ms(consumer->created) / 1000 != consumer_.created_s) {
      return refuse(consumer_not_found(stream, consumer_.consumer));
    }
    if (consumer->status != ConsumerStatus::active) {
      return refuse(in_use(fmt::format("Consumer {} of stream {} under account {} not ACTIVE, instead in state {}",
                                       consumer_.consumer, stream.name, stream.account, name_of(consumer->status))));
    }
    const auto shard = catalog.shard(stream.name, shard_);
    if (!shard || !shard->known()) return refuse(shard_not_found(stream, in_.shard_id));
    return entry->created;
  }

  void at_catalog(engine::Lane& lane, CallPtr call) {
    auto created = find_stream(lane);
    lane.when_durable(
        [this, &lane, created = std::move(created), call = std::move(call)](Result<void> durable) mutable {
          go_home(lane.core(), std::move(call),
                  [this, durable = std::move(durable), created = std::move(created)](CallPtr back) mutable {
                    if (!durable) return finish(std::move(back), failed(durable.error()));
                    if (!created) return finish(std::move(back), std::move(created.error()));
                    if (in_.dry_run.value_or(false)) {
                      return finish(std::move(back), Failure{&errors::dry_run_operation_exception,
                                                             "The request would have succeeded without DryRun."});
                    }
                    go_to_shard(std::move(back), *created);
                  });
        });
  }

  void go_to_shard(CallPtr call, Time created) {
    const auto type = call->request.headers.get("Content-Type");
    const bool cbor = type.starts_with("application/x-amz-cbor");
    subscription_ = Subscription::make(kinesis_, call->home,
                                       {.stream = consumer_.stream,
                                        .consumer = consumer_.consumer,
                                        .stream_created = created,
                                        .shard = shard_,
                                        .encoding = cbor ? EventEncoding::cbor : EventEncoding::json});
    auto& engine = kinesis_.engine();
    env::Core& home = call->home;
    engine.run(subscription_->lane(), home,
               [this, call = std::move(call)](engine::Lane& lane) mutable { at_shard(lane, std::move(call)); });
  }

  void at_shard(engine::Lane& lane, CallPtr call) {
    auto* const shard = lane.serving() ? broker::find_stream_partition(lane, subscription_->shard_key()) : nullptr;
    const auto properties = shard == nullptr ? std::nullopt : decode_properties(shard->config().properties);
    if (!properties) {
      call->failure = lane.serving() ? shard_not_found(consumer_.stream, in_.shard_id)
                                     : failed({ErrorCode::unavailable, "recovering its data"});
      return go_home(lane.core(), std::move(call), [](CallPtr back) { finish(std::move(back)); });
    }
    properties_ = *properties;
    resolve(*shard, *properties, from_, [this, &lane, call = std::move(call)](Outcome<std::uint64_t> offset) mutable {
      auto subscribed = Subscribed::no;
      if (!offset) {
        call->failure = std::move(offset.error());
      } else {
        subscribed = hold(lane, *call, *offset) ? Subscribed::yes : Subscribed::rate_exceeded;
      }
      count_subscribe(lane, consumer_.stream, consumer_.consumer, subscribed);
      go_home(lane.core(), std::move(call), [this](CallPtr back) { begin(std::move(back)); });
    });
  }

  // False when another subscription has the shard.
  bool hold(engine::Lane& lane, Call& call, std::uint64_t offset) {
    env::Core& home = call.home;
    const std::weak_ptr<Subscription> weak = subscription_;
    const auto id = kinesis_.subscriptions(lane.id()).take(subscription_->hold_key(), lane.now(),
                                                           kinesis_.limits().subscription_hold, [weak, &home] {
                                                             home.post([weak] {
                                                               if (const auto alive = weak.lock())
                                                                 alive->yield_to_other();
                                                             });
                                                           });
    if (!id) {
      call.failure =
          in_use(fmt::format("Another active subscription exists for this consumer: {}:{}:{}:{}",
                             consumer_.stream.account, consumer_.stream.name, in_.shard_id, consumer_.consumer));
      return false;
    }
    id_ = *id;
    offset_ = offset;
    return true;
  }

  void begin(CallPtr call) {
    if (call->failure) return finish(std::move(call));
    http::Response head;
    head.header("x-amzn-RequestId", view(call->request_id));
    head.header("Content-Type", "application/vnd.amazon.eventstream");
    auto subscription = std::move(subscription_);
    const auto id = id_;
    const auto properties = properties_;
    const auto offset = offset_;
    auto body = call->responder.stream(std::move(head));
    call.reset();  // and this with it
    subscription->start(std::move(body), id, properties, offset);
  }

  ConsumerName consumer_;
  std::uint32_t shard_ = 0;
  StartingPoint from_;
  std::shared_ptr<Subscription> subscription_;
  ShardProperties properties_;
  SubscriptionId id_{0};
  std::uint64_t offset_ = 0;
};

}  // namespace

ActionPtr make_handler(op::SubscribeToShard, Kinesis& kinesis) { return std::make_unique<SubscribeToShard>(kinesis); }

}  // namespace millrace::aws::kinesis
