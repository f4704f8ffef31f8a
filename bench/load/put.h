// Putting: PutRecords and PutRecord with prebuilt requests in JSON or CBOR, every record with a partition key of its
// own so that all shards get their share.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "load/kinesis.h"
#include "load/worker.h"

namespace millrace::bench {

struct PutShare {
  explicit PutShare(Run& run);
  Payloads payloads;
  std::vector<std::string> requests;
  std::uint64_t next = 0;     // request number
  std::uint64_t limit = 0;    // records to put; 0: as long as the run lasts
  std::uint64_t started = 0;  // records in requests made so far
};

class Putter : public Worker {
 public:
  Putter(Run& run, PutShare& share) : Worker(run), share_(share) {}

 protected:
  void next() override;
  void on_reply(const Reply& reply) override;

 private:
  PutShare& share_;
  std::size_t current_ = 0;
};

// A request of `count` records that begins with the time of its sending when stamped with stamp_request.
struct StampedPut {
  StampedPut(const Options& options, unsigned count, std::uint64_t number);
  void write_stamp(std::uint64_t now_ns);
  std::string request;
  std::string blank;  // the data before it was stamped

 private:
  bool cbor_;
  std::vector<std::size_t> places_;
};

// Verifies the reply to a put of `count` records; false when it counts for nothing.
bool verify_put(Run& run, const Reply& reply, std::size_t count);

void run_put(Run& run);

}  // namespace millrace::bench
