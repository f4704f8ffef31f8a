// Clients: what the users of a simulated server do. Each call is recorded in the model when it is made and when it is
// answered; a call that the machine's end leaves without an answer is recorded as open.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "env/sim/world.h"
#include "sim/family.h"
#include "sim/server.h"
#include "sim/workload.h"

namespace millrace::sim {

class Clients {
 public:
  Clients(env::sim::World& world, const Workload& workload, Verdict& verdict);

  // The server that calls go to from now on; null while there is none.
  void use(Server* server) { server_ = server; }
  // The machine has stopped: calls under way will not be answered.
  void lose_server();

  // One random call of the workload.
  void act();
  void receive(std::size_t family, bool dead, std::uint32_t count_max, Duration wait);
  // Deletes everything that is held, until nothing of it is under way.
  void remove_held(std::size_t family);
  void count(std::size_t family, bool checked);
  void create_queues();

  std::size_t under_way() const { return open_calls_.size(); }
  bool queues_made() const { return made_ == queues_to_make_; }
  std::size_t families() const { return families_.size(); }
  Family& family(std::size_t index) { return *families_[index]; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t replies() const { return replies_; }
  std::uint64_t refusals() const { return refusals_; }
  // Replies with an error, refused calls included.
  std::uint64_t failures() const { return failures_; }
  // Messages that the last answers to count() showed, over all queues.
  std::uint64_t counted() const;

  // Runs after each reply has been recorded.
  std::function<void()> on_reply;

 private:
  using CallId = std::uint64_t;
  // Registers a call and what to record when it stays without an answer.
  CallId begin(std::string what, Callback<void()> unanswered);
  // False when the machine stopped before the answer: it then never reached the client.
  bool end(CallId call, const std::string& outcome);
  template <class T>
  std::string outcome_of(const Reply<T>& reply);

  void send(Family& family);
  void remove(Family& family, Letter& letter, bool stale);
  void renew(Family& family);
  void purge(Family& family);
  void move(Family& family);
  void create(Family& family, bool dead);

  env::sim::World& world_;
  const Workload& workload_;
  Verdict& verdict_;
  env::sim::Random random_;
  Server* server_ = nullptr;
  std::vector<std::unique_ptr<Family>> families_;
  std::map<CallId, Callback<void()>> open_calls_;
  CallId last_call_ = 0;
  std::map<std::string, bool> acknowledged_queues_;
  std::size_t made_ = 0, queues_to_make_ = 0;
  std::map<Family*, broker::AcquireRequest> last_attempts_;
  std::map<std::string, broker::QueueCounts> counts_;
  std::map<Family*, bool> purging_;
  std::uint64_t calls_ = 0, replies_ = 0, refusals_ = 0, failures_ = 0;
};

}  // namespace millrace::sim
