// TopicVerbs: what a door does with topics, on a simulated server: on the lane's core, answered once durable.
//
// Every verb answers exactly once, unless the machine stops first.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "broker/topic/topic.h"
#include "sim/server.h"

namespace millrace::sim {

struct PublishRequest {
  broker::MessageId id{};
  std::string body;
  std::string group;
  std::optional<broker::DedupDigest> dedup;
};

// Topics are named by their keys.
class TopicVerbs {
 public:
  explicit TopicVerbs(Server& server) : server_(server) {}

  // True: it was made now; false: it was there.
  void create(const std::string& topic, const broker::TopicConfig& config, Callback<void(Reply<bool>)> done);
  // Adds or replaces it.
  void subscribe(const std::string& topic, broker::Subscription subscription, Callback<void(Reply<bool>)> done);
  void publish(const std::string& topic, PublishRequest request, Callback<void(Reply<broker::Published>)> done);

 private:
  Server& server_;
};

}  // namespace millrace::sim
