#include "aws/sns/census.h"

#include "aws/gather.h"
#include "aws/sns/handler.h"

namespace millrace::aws::sns {

AccountCounts& Census::of(engine::Lane& lane, const std::string& prefix) {
  if (const auto recoveries = lane.stats().recoveries; recoveries != recoveries_) {
    recoveries_ = recoveries;
    counts_.clear();
  }
  const auto [at, added] = counts_.try_emplace(prefix);
  if (!added) return at->second;
  each_name(lane, prefix, {}, [&](std::string_view, const std::string& key, engine::PartitionId) {
    if (const broker::Topic* const topic = broker::find_topic(lane, key)) {
      ++(topic->config().fifo ? at->second.fifo_topics : at->second.topics);
      at->second.filter_policies += topic->counts().filtered;
    }
    return true;
  });
  return at->second;
}

}  // namespace millrace::aws::sns
