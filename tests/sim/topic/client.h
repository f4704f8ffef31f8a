// TopicClients: publishers, and consumers of the queues that a topic feeds, against a model of what must be where.
//
// A publication that was acknowledged is in every subscribed queue, once; one that failed without a word is in all of them
// or in none; one that was refused is nowhere. A queue of a FIFO topic has them in the order of their sequence numbers.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/clients.h"
#include "sim/queue/verbs.h"
#include "sim/topic/verbs.h"
#include "sim/topic/workload.h"

namespace millrace::sim {

class TopicClients final : public Clients {
 public:
  TopicClients(const Setting& setting, const TopicWorkload& workload);

  void use(Server* server) override;
  void prepare() override;
  bool prepared() const override { return made_.size() == to_make_; }
  void act() override;
  void check_quiet(Course&) override {}
  void drain(Course& course) override;
  void check_after_the_end(Course& course) override;
  std::uint64_t received() const override { return received_; }

 private:
  // What is known of a publication that may have been made several times, with one deduplication id.
  struct Publication {
    std::uint64_t number = 0;
    std::string group;
    std::string body;
    Time issued{};
    bool acknowledged = false;
    bool possible = false;  // a call that was not refused
    std::uint64_t sequence = 0;
  };
  // Of a publication in a queue.
  struct Copy {
    broker::Seq seq{};
    broker::Receipt receipt;
    Time lease_until{};
    bool removing = false;
    bool removed = false;  // acknowledged
    bool maybe_removed = false;
  };
  struct Box {
    std::string key;
    std::map<std::uint64_t, Copy> copies;  // by publication
  };
  struct Topic {
    std::string key;
    std::vector<std::unique_ptr<Publication>> publications;
    std::vector<std::unique_ptr<Box>> boxes;
  };

  void make(const std::string& what, const std::string& key, Callback<void(Callback<void(Reply<bool>)>)> verb);
  void publish(Topic& topic);
  Publication& compose(Topic& topic);
  void receive(Topic& topic, Box& box, std::uint32_t count_max);
  void take(Topic& topic, Box& box, const Received& received, Time lease_until);
  void check_order(const Topic& topic, const Box& box, const Publication& publication, const Copy& copy);
  void remove(Box& box, std::uint64_t number, Copy& copy);
  void remove_held(Box& box);
  void check_complete(const Topic& topic);
  std::string body_of(const Topic& topic, std::uint64_t number);

  const TopicWorkload& workload_;
  std::optional<QueueVerbs> queues_;
  std::optional<TopicVerbs> verbs_;
  std::vector<std::unique_ptr<Topic>> topics_;
  std::map<std::string, bool> made_;
  std::size_t to_make_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t taken_ = 0;  // in the present round of drain()
};

}  // namespace millrace::sim
