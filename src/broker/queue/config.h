// What is configured about a queue, in the words of no protocol. Stored in the journal and in checkpoints.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace millrace::broker {

enum class DedupScope : std::uint8_t { queue, group };
enum class ThroughputScope : std::uint8_t { queue, group };
enum class RedriveAllow : std::uint8_t { all, none, listed };

struct DeadLetterPolicy {
  std::string target;              // key of the dead-letter queue
  std::uint32_t acquired_max = 0;  // a message acquired this often and not accepted is moved instead of acquired again
  bool operator==(const DeadLetterPolicy&) const = default;
};

struct QueueConfig {
  bool fifo = false;
  Duration visibility{std::chrono::seconds(30)};
  Duration delay{};
  Duration retention{std::chrono::hours(96)};
  Duration wait{};  // default wait of an acquire that names none
  std::uint32_t message_bytes_max = 1'048'576;
  bool content_dedup = false;
  DedupScope dedup_scope = DedupScope::queue;
  ThroughputScope throughput_scope = ThroughputScope::queue;
  std::uint32_t acquired_max = 120'000;  // in flight at once
  std::optional<DeadLetterPolicy> dead_letter;
  RedriveAllow redrive_allow = RedriveAllow::all;
  std::vector<std::string> redrive_sources;        // keys, with RedriveAllow::listed
  std::map<std::string, std::string> annotations;  // what a door keeps with the queue: policy, key id …; opaque here
  std::map<std::string, std::string> tags;
  bool operator==(const QueueConfig&) const = default;
};

void encode_config(const QueueConfig& config, ByteWriter& out);
Result<QueueConfig> decode_config(ByteReader& in);

}  // namespace millrace::broker
