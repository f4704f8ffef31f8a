// Getting: GetRecords from the horizon, as fast as it goes, and at the tail beside producers with a given pace.
#pragma once
#include <string>
#include <vector>

#include "load/kinesis.h"
#include "load/worker.h"

namespace millrace::bench {

// Reads shards with GetRecords, following the iterators.
class ShardReader : public Worker {
 public:
  ShardReader(Run& run, std::string_view iterator_type) : Worker(run), iterator_type_(iterator_type) {}

 protected:
  void begin_shard(unsigned shard);
  void on_reply(const Reply& reply) override;
  // The next GetRecords.
  void go_on() { request(request_); }
  // An iterator is there; go_on() reads with it.
  virtual void on_iterator() { go_on(); }
  virtual void on_record(const StreamRecord& record, const Reply& reply) = 0;
  // After every reply: whether it was empty and whether that is all for now.
  virtual void on_records(std::size_t count, bool at_tip) = 0;

 private:
  void fail(std::string_view kind, std::string_view example);
  void on_iterator_reply(const Reply& reply);

  std::string_view iterator_type_;
  bool reading_ = false;
  std::string request_;
  std::string last_sequence_;
  RecordsReply parsed_;
};

// Connection n reads shards n, n + connections, ... from the horizon; again and again, or only once.
void run_get(Run& run, bool once);

// A reader for each shard, and `options.connections` producers that together put `options.rate` calls a second. Measures
// the calls of the readers, and how old a record is when it arrives.
void run_tail(Run& run);

}  // namespace millrace::bench
