// Topic: subscriptions, and the fan-out of what is published to the partitions that they name.
//
// A publication is one journal entry on the topic's lane. It holds the message once and names every target; targets on the
// same lane have received it with that entry, other lanes get one handoff each (engine/lane.h, fan_out). A target is a
// queue, or a queue that belongs to the subscription (`own_target`), on the topic's lane, which a worker drains to the
// world outside. A FIFO topic remembers deduplication ids and numbers its messages.
//
// Owned by its lane; used on the lane's core only. It is rebuilt from disk when the lane recovers, so nobody keeps a
// pointer to it across callbacks: find it again by key. Changes are journaled before a verb returns; a caller answers its
// client only after Lane::when_durable.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/message.h"
#include "broker/queue/types.h"
#include "broker/topic/subscription.h"
#include "engine/partition.h"

namespace millrace::broker {

class FilterEvent;
struct StoredBatch;
struct StreamRead;
class TopicState;

struct TopicConfig {
  bool fifo = false;
  bool content_dedup = false;
  bool dedup_per_group = false;                    // deduplication and sequence within a message group, not the topic
  std::uint32_t archive_days = 0;                  // 0: no archive
  std::map<std::string, std::string> annotations;  // what the door keeps: policy, display name …
  std::map<std::string, std::string> tags;
  bool operator==(const TopicConfig&) const = default;
};

struct TopicCounts {
  std::uint64_t confirmed = 0;
  std::uint64_t pending = 0;
  std::uint64_t deleted = 0;   // since the topic was made
  std::uint64_t filtered = 0;  // of the confirmed ones, those with a filter
};

struct NewPublication {
  Message message;                   // `sent` is set by the topic
  const FilterEvent* event;          // the attributes, for filters; the body is looked at when a filter asks for it
  std::optional<DedupDigest> dedup;  // FIFO
  // Not empty: no queue takes a raw copy; and what the dead letters say of it (Delivery::words).
  std::string_view raw_refusal;
};

struct Published {
  MessageId id{};              // of the first message when this one was a duplicate
  std::uint64_t sequence = 0;  // FIFO: ascending within the topic
  bool duplicate = false;
  std::uint64_t matched = 0;       // subscriptions that receive it
  std::uint64_t drained = 0;       // of these, those with a queue of their own (own_target)
  std::uint64_t refused = 0;       // and those whose copy was refused
  std::uint64_t redriven = 0;      // of these, those whose dead-letter queue receives it
  std::uint64_t letters_lost = 0;  // and those whose dead letter could not leave
  std::uint64_t filtered = 0;      // and those whose filter it did not pass
  FilteredOut filtered_out;        // in more detail
};

class Topic final : public engine::Partition {
 public:
  static constexpr std::uint8_t kind = 4;

  // The key of a subscription's own queue: on the lane of its topic, since a lane is chosen by what stands before '#'.
  static std::string own_target(std::string_view topic_key, const SubscriptionId& id);

  Topic(engine::Lane& lane, engine::PartitionId id, std::string key);
  ~Topic() override;

  // What Lane::create takes as the first change of a new topic.
  static std::string setup(const TopicConfig& config, Time now);
  static std::uint16_t setup_type();

  const TopicConfig& config() const;
  Time created() const;
  void configure(TopicConfig config);

  // --- subscriptions ---
  TopicCounts counts() const;
  // The one with this protocol and endpoint (the target, where the endpoint is empty).
  std::optional<Subscription> find(std::uint8_t protocol, std::string_view endpoint) const;
  std::optional<Subscription> find(const SubscriptionId& id) const;
  // Up to `count_max` from `position` on (0: the first), which then says where to go on; none left: it is 0.
  std::vector<Subscription> list(std::uint32_t& position, std::size_t count_max) const;
  // Adds it, or replaces the one with the same id. The filter must be valid (filter_policy.h). A target that is its own
  // (own_target) is made, or removed, with it.
  void put(const Subscription& subscription);
  void erase(const SubscriptionId& id);
  // Makes the archive, or removes it, as the configuration says.
  void match_archive();
  // The topic goes, with its subscriptions and their own queues. It is destroyed in this call.
  void remove();
  // A subscription that nobody confirms is forgotten after this time.
  static constexpr Duration pending_kept = std::chrono::hours(72);

  // disk_full or unavailable when the lane takes no new messages.
  Result<Published> publish(const NewPublication& publication);

  // The key of a FIFO topic's archive, a stream on its lane.
  static std::string own_archive(std::string_view topic_key);
  // The attributes of a stored message, which only its door can read; for filters when messages are replayed.
  using EventReader = FilterEvent (*)(const Message& message);
  void set_event_reader(EventReader reader) { event_reader_ = reader; }

  // engine::Partition
  void apply(const engine::Change& change) override;
  void accept_handoff(const engine::Arrival& arrival) override;
  void handed_over(const engine::HandoffBody& handoff) override;
  void save(ByteWriter& out) const override;
  Result<void> load(ByteReader& in) override;
  bool wants_base() const override;
  std::string save_base(std::uint64_t id) override;
  void lose_base() override;
  std::uint64_t base() const override;
  bool live(engine::RecordSeq seq) const override;
  void started() override;
  void changed() override;
  void sweep() override;
  void abandoned(const Error& why) override;

 private:
  static constexpr std::size_t swept_max = 1'000;

  std::optional<Subscription> at(std::uint32_t slot) const;
  std::vector<engine::PartitionId> own_queues();
  // How many of the targets are the topic's own.
  std::uint64_t fan_out(const std::vector<std::uint32_t>& slots, std::uint64_t sequence, std::string_view record,
                        std::string_view note, std::string_view change);
  std::vector<std::uint32_t> take_raw(std::vector<std::uint32_t>& slots) const;
  enum class Letter : std::uint8_t { none, left, lost };
  Letter refuse(std::uint32_t slot, const Delivery& dead_letter, std::string_view record);
  void redrive();

  // replay.cc
  static std::string archive_head(std::uint64_t sequence, Time now);
  void start_replays();
  void replay(const SubscriptionId& subscription);
  void replay_later(const SubscriptionId& subscription, Duration delay);
  void begin_replay(const SubscriptionId& subscription, Result<engine::RecordSeq> found);
  void go_on_replay(const SubscriptionId& subscription, Result<StreamRead> read);
  void give_again(Subscription& subscription, const StoredBatch& batch);
  void set_replay(Subscription subscription);
  bool passes(const Subscription& subscription, const Message& message) const;

  // Wraps a callback so that it does nothing once this topic is gone.
  template <class Task>
  auto own(Task task) {
    return [alive = std::weak_ptr(alive_), task = std::move(task)](auto&&... args) mutable {
      if (!alive.expired()) task(std::forward<decltype(args)>(args)...);
    };
  }

  std::unique_ptr<TopicState> state_;
  EventReader event_reader_ = nullptr;
  std::set<SubscriptionId> replays_;  // under way
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

// The topic of this key; null when there is none (or something else has the key).
Topic* find_topic(engine::Lane& lane, std::string_view key);
// `key` must be free.
Topic& create_topic(engine::Lane& lane, const std::string& key, const TopicConfig& config);

}  // namespace millrace::broker
