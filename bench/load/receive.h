// Receiving: ReceiveMessage and deletion, one by one or in tens, and the whole cycle of send, receive and delete.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "load/send.h"
#include "load/worker.h"

namespace millrace::bench {

// What all receivers of a phase share.
struct ReceiveShare {
  ReceiveShare(Run& run, unsigned wait_seconds);
  std::string receive_request;
  std::uint64_t expected = 0;  // messages in the queue at the beginning; 0: unknown
  std::uint64_t received = 0;
};

class Receiver : public Worker {
 public:
  Receiver(Run& run, ReceiveShare& share) : Worker(run), share_(share) {}

 protected:
  void next() override;
  void on_reply(const Reply& reply) override;
  virtual void on_deleted(const Reply& reply);
  virtual void on_empty();
  void receive();
  bool receiving_or_deleting() const { return step_ != Step::other; }
  void finish_step() { step_ = Step::other; }

 private:
  enum class Step { other, receiving, deleting };
  void on_received(const Reply& reply);
  bool verify_deleted(const Reply& reply);
  void remove();

  ReceiveShare& share_;
  Step step_ = Step::other;
  unsigned empty_in_a_row_ = 0;
  std::string request_;
  std::vector<std::string> handles_;
  std::size_t handle_count_ = 0;
  std::vector<ReceivedMessage> messages_;
  std::vector<BatchEntry> entries_;
};

// Sends one message, receives one (its own or another's), deletes it, and so on.
class Cycler : public Receiver {
 public:
  Cycler(Run& run, SendShare& send, ReceiveShare& receive) : Receiver(run, receive), send_(send) {}

 protected:
  void next() override;
  void on_reply(const Reply& reply) override;
  void on_deleted(const Reply& reply) override;
  void on_empty() override;

 private:
  SendShare& send_;
  std::size_t current_ = 0;
  std::uint64_t begun_ns_ = 0;
  unsigned empty_at_end_ = 0;
};

}  // namespace millrace::bench
