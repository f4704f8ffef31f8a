// Subscriptions: who reads a shard of this lane as which registered consumer: one at a time. Touched on the lane's core
// only; a restart ends all of them with their connections.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/callback.h"
#include "base/strong.h"
#include "base/time.h"

namespace millrace::aws::kinesis {

using SubscriptionId = Strong<struct SubscriptionTag, std::uint64_t>;

class Subscriptions {
 public:
  // Nothing when another one has begun less than `hold` ago; an older one is told to end by its `end`.
  std::optional<SubscriptionId> take(const std::string& key, Time now, Duration hold, Callback<void()> end);
  // No effect when another one has taken over.
  void release(std::string_view key, SubscriptionId id);
  std::size_t size() const { return held_.size(); }

 private:
  struct Held {
    SubscriptionId id;
    Time begun{};
    Callback<void()> end;
  };
  std::map<std::string, Held, std::less<>> held_;
  SubscriptionId last_{0};
};

}  // namespace millrace::aws::kinesis
