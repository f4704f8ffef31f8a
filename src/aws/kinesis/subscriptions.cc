#include "aws/kinesis/subscriptions.h"

#include <utility>

namespace millrace::aws::kinesis {

std::optional<SubscriptionId> Subscriptions::take(const std::string& key, Time now, Duration hold,
                                                  Callback<void()> end) {
  const auto at = held_.find(key);
  if (at != held_.end()) {
    if (now < at->second.begun + hold) return std::nullopt;
    std::exchange(at->second.end, nullptr)();
  }
  held_.insert_or_assign(key, Held{++last_, now, std::move(end)});
  return last_;
}

void Subscriptions::release(std::string_view key, SubscriptionId id) {
  const auto at = held_.find(key);
  if (at != held_.end() && at->second.id == id) held_.erase(at);
}

}  // namespace millrace::aws::kinesis
