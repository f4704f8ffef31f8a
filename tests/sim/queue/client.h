// QueueClients: what the users of queues do. Each call is recorded in the model when it is made and when it is answered;
// a call that the machine's end leaves without an answer is recorded as open.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/clients.h"
#include "sim/queue/family.h"
#include "sim/queue/verbs.h"
#include "sim/queue/workload.h"

namespace millrace::sim {

class QueueClients final : public Clients {
 public:
  QueueClients(const Setting& setting, const QueueWorkload& workload);

  void use(Server* server) override;
  void prepare() override;
  bool prepared() const override { return made_ == queues_to_make_; }
  void act() override;
  void check_full_disk(Course& course) override;
  void check_quiet(Course& course) override;
  void drain(Course& course) override;
  void check_after_the_end(Course& course) override;
  std::uint64_t received() const override;

 private:
  void receive(std::size_t family, bool dead, std::uint32_t count_max, Duration wait);
  void receive_everywhere();
  // Deletes everything that is held, until nothing of it is under way.
  void remove_held(std::size_t family);
  void count(std::size_t family, bool checked);
  void count_all(bool checked);
  // Messages that the last answers to count() showed, over all queues.
  std::uint64_t counted() const;
  void send(Family& family);
  void remove(Family& family, Letter& letter, bool stale);
  void renew(Family& family);
  void purge(Family& family);
  Callback<void(Reply<bool>)> purge_call(Family& family, const std::string& what,
                                         Callback<void(const Reply<bool>&)> answered);
  void move(Family& family);
  void destroy(Family& family);
  // After faults: every queue is there.
  void make_missing(Course& course);
  void create(Family& family, bool dead);

  const QueueWorkload& workload_;
  std::optional<QueueVerbs> server_;
  std::vector<std::unique_ptr<Family>> families_;
  std::map<std::string, bool> acknowledged_queues_;
  std::map<std::string, bool> removed_queues_;  // for certain
  std::size_t made_ = 0, queues_to_make_ = 0;
  std::map<Family*, broker::AcquireRequest> last_attempts_;
  std::map<std::string, broker::QueueCounts> counts_;
  std::map<Family*, bool> purging_;
};

}  // namespace millrace::sim
