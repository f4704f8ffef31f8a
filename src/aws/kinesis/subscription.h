// Subscription: a shard that is pushed to a registered consumer as its records become durable.
//
// It belongs to the core of its connection. One read at a time is under way at the shard's lane; it waits there for
// records or for the time of a heartbeat. Nothing is read while the client has much left to take, so a slow reader
// costs Limits::pending_bytes_max and one read. It ends after Limits::subscription_life, at the end of the shard, when
// another one takes over, or when its client goes away.
#pragma once
#include <memory>
#include <string>

#include "aws/kinesis/handler.h"
#include "aws/kinesis/shard_read.h"
#include "codec/event_stream.h"
#include "http/body_stream.h"

namespace millrace::aws::kinesis {

enum class EventEncoding : std::uint8_t { json, cbor };

class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  struct Facts {
    StreamName stream;
    std::string consumer;
    Time stream_created{};
    std::uint32_t shard = 0;
    EventEncoding encoding = EventEncoding::json;
  };
  // Destroyed at home, wherever it is dropped.
  static std::shared_ptr<Subscription> make(Kinesis& kinesis, env::Core& home, Facts facts);
  Subscription(Kinesis& kinesis, env::Core& home, Facts facts);

  const std::string& shard_key() const { return shard_key_; }
  const std::string& hold_key() const { return hold_key_; }
  engine::LaneId lane() const { return lane_; }

  // At home: begins to push, from `offset` on.
  void start(http::BodyStream body, SubscriptionId id, const ShardProperties& properties, std::uint64_t offset);
  // At home: another one has taken over.
  void yield_to_other();

 private:
  using Ptr = std::shared_ptr<Subscription>;

  void read();
  // On the lane.
  static void read_there(Ptr self, engine::Lane& lane, std::uint64_t from);
  static void wait_there(Ptr self, engine::Lane& lane, std::uint64_t from);
  static void fail_from(Ptr self, Failure why);
  // At home.
  void take(broker::StreamRead read);
  void heartbeat();
  void find_children();
  void end_with_children(std::vector<model::ChildShard> children);
  void send(const model::SubscribeToShardEvent& event);
  void fail(const Failure& why);
  void end();
  void count(std::size_t bytes, std::size_t records, Duration behind);
  std::string payload_of(const codec::Shape& shape, const void* object) const;

  Kinesis& kinesis_;
  env::Core& home_;
  // Not changed after start().
  const Facts facts_;
  const std::string shard_key_;
  const std::string hold_key_;
  const engine::LaneId lane_;
  // At home only.
  ShardProperties properties_;
  SubscriptionId id_{0};
  http::BodyStream body_;
  std::uint64_t next_ = 0;
  bool started_ = false;
  bool ended_ = false;
  env::TimerId life_{0};
};

}  // namespace millrace::aws::kinesis
