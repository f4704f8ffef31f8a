// Dedup: the deduplication ids that a FIFO queue has seen in the last five minutes, and which message each stands for.
// Survives deletes and restarts: it is part of the queue's state.
#pragma once
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "broker/queue/types.h"

namespace millrace::broker {

struct DedupKey {
  DedupDigest digest{};
  std::uint64_t group = 0;  // hash of the group with DedupScope::group, else 0
  bool operator==(const DedupKey&) const = default;
};

struct DedupKeyHash {
  std::size_t operator()(const DedupKey& key) const noexcept {
    // The digest is uniform already.
    return static_cast<std::size_t>(load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(key.digest.data())) ^
                                    key.group);
  }
};

class Dedup {
 public:
  struct Seen {
    MessageId id{};
    Seq seq{};
    Time until{};
  };

  // The message that this key stands for at `now`; null when there is none.
  const Seen* find(const DedupKey& key, Time now) const;
  // Times ascend over the calls. Forgets what is over at `now`.
  void add(const DedupKey& key, const Seen& seen, Time now);
  void clear();
  std::size_t size() const { return seen_.size(); }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  void insert(const DedupKey& key, const Seen& seen);
  std::unordered_map<DedupKey, Seen, DedupKeyHash> seen_;
  std::deque<std::pair<Time, DedupKey>> order_;
};

}  // namespace millrace::broker
