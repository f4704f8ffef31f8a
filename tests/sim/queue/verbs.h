// QueueVerbs: what a door does with queues, on a simulated server: on the lane's core, answered once durable.
//
// Every verb answers exactly once, unless the machine stops first.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/queue/queue.h"
#include "sim/calls.h"
#include "sim/server.h"

namespace millrace::sim {

struct SendRequest {
  broker::MessageId id{};
  std::string body;
  std::string group;
  std::optional<Duration> delay;
  std::optional<broker::DedupDigest> dedup;
};

struct Received {
  broker::Receipt receipt;
  std::uint32_t count = 0;
  std::string body;
  std::string group;
};

template <>
struct Shown<std::vector<Received>> {
  static std::string text(const std::vector<Received>& batch);
};
template <>
struct Shown<broker::QueueCounts> {
  static std::string text(const broker::QueueCounts& counts);
};

// Queues are named by their keys. A receipt of another queue, for instance of the one that had the key before, is worth
// nothing.
class QueueVerbs {
 public:
  explicit QueueVerbs(Server& server) : server_(server) {}

  // True: it was made now; false: it was there.
  void create(const std::string& queue, const broker::QueueConfig& config, Callback<void(Reply<bool>)> done);
  void destroy(const std::string& queue, Callback<void(Reply<bool>)> done);
  void send(const std::string& queue, std::vector<SendRequest> batch,
            Callback<void(std::vector<Reply<broker::Sent>>)> done);
  void receive(const std::string& queue, broker::AcquireRequest request,
               Callback<void(Reply<std::vector<Received>>)> done);
  void remove(const std::string& queue, const broker::Receipt& receipt,
              Callback<void(Reply<broker::AcceptOutcome>)> done);
  void renew(const std::string& queue, const broker::Receipt& receipt, Duration visibility,
             Callback<void(Reply<broker::RenewOutcome>)> done);
  void purge(const std::string& queue, Callback<void(Reply<bool>)> done);
  void move(const std::string& queue, Callback<void(Reply<bool>)> done);
  void counts(const std::string& queue, Callback<void(Reply<broker::QueueCounts>)> done);

 private:
  template <class T>
  void with_queue(const std::string& queue, Callback<void(Reply<T>)> done,
                  Callback<void(engine::Lane&, broker::Queue&, Callback<void(Reply<T>)>)> verb);

  Server& server_;
};

}  // namespace millrace::sim
