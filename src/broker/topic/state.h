// TopicState: what a topic is, made by its journal entries alone. Time is in the entries.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/queue/dedup.h"
#include "broker/topic/subscriptions.h"
#include "broker/topic/topic.h"
#include "engine/entry.h"
#include "engine/partition.h"

namespace millrace::broker {

// docs/format/topic.md
enum class TopicChange : std::uint16_t {
  configure = static_cast<std::uint16_t>(engine::EntryType::first_of_partition),
  put,        // a subscription
  erase,      // a subscription
  published,  // to a FIFO topic
  redriven,   // what came back first has gone to its dead-letter queue, or is given up
  replayed,   // from the archive to a subscription, as the change of a fan-out: how far it is
};

struct PublishedChange {
  Time now{};
  std::uint64_t sequence = 0;
  MessageId id{};
  std::optional<DedupKey> dedup;
};

void encode_topic_config(const TopicConfig& config, ByteWriter& out);
Result<TopicConfig> decode_topic_config(ByteReader& in);
std::string encode(const PublishedChange& change);
bool decode(ByteReader in, PublishedChange& change);

class TopicState {
 public:
  // How long a deduplication id is remembered (SNS: 5 minutes).
  static constexpr Duration dedup_interval = std::chrono::minutes(5);
  // Undeliverable copies that wait for their dead-letter queue; what comes back beyond it is given up.
  static constexpr std::size_t returned_max = 10'000;

  // A copy whose target does not exist.
  struct Returned {
    Delivery delivery;
    std::string record;
    std::string note;
  };

  void apply(const engine::Change& change);
  void take_back(const engine::Arrival& arrival);
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in, const Subscriptions::ReadBase& read_base);

  TopicConfig config;
  Time created{};
  Time latest{};
  std::uint64_t deleted = 0;
  std::uint64_t sequence = 0;
  std::uint64_t given_up = 0;  // copies that came back and had no dead-letter queue; not saved
  Subscriptions subscriptions;
  std::unique_ptr<Dedup> dedup;  // of a FIFO topic, once it has an id
  std::deque<Returned> returned;
};

}  // namespace millrace::broker
