// Sending: SendMessage and SendMessageBatch with prebuilt requests, plain and FIFO, and the constant mode that sends the
// same bytes to a server which knows nothing of SQS.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/worker.h"

namespace millrace::bench {

// Requests that carry every body of the set once, `options.batch` to a request.
class SendRequests {
 public:
  explicit SendRequests(Run& run);
  std::size_t count() const { return requests_.size(); }
  const std::string& at(std::size_t number) const { return requests_[number % requests_.size()]; }
  // The number of the first body in a request.
  std::size_t first_body(std::size_t number) const { return number % requests_.size() * batch_; }
  // Where the group and the deduplication id of each message stand in a request (FIFO).
  const std::vector<std::size_t>& groups(std::size_t number) const { return groups_[number % requests_.size()]; }
  const std::vector<std::size_t>& ids(std::size_t number) const { return ids_[number % requests_.size()]; }
  unsigned batch() const { return batch_; }

 private:
  unsigned batch_;
  std::vector<std::string> requests_;
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<std::vector<std::size_t>> ids_;
};

// What all senders of a phase share.
struct SendShare {
  SendRequests requests;
  std::uint64_t next = 0;     // request number
  std::uint64_t limit = 0;    // messages to send; 0: as long as the run lasts
  std::uint64_t started = 0;  // messages in requests made so far
};

class Sender : public Worker {
 public:
  Sender(Run& run, SendShare& share) : Worker(run), share_(share) {}

 protected:
  void next() override;
  void on_reply(const Reply& reply) override;

 private:
  void verify_one(const Reply& reply);
  void verify_batch(const Reply& reply);

  SendShare& share_;
  std::size_t current_ = 0;  // number of the request under way
  std::string patched_;      // FIFO: a copy with its own group and id
  std::vector<BatchEntry> entries_;
};

// Sends `messages` in batches over up to 8 connections, unmeasured.
void fill(Run& run, std::uint64_t messages, unsigned connections);

}  // namespace millrace::bench
