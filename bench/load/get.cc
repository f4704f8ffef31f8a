#include "load/get.h"

#include <algorithm>
#include <random>

#include "load/put.h"

namespace millrace::bench {

void ShardReader::begin_shard(unsigned shard) {
  reading_ = false;
  last_sequence_.clear();
  request_ = build_get_iterator(run_.options, shard, iterator_type_);
  request(request_);
}

// A reader that was given something wrong stops: what it would read next says nothing.
void ShardReader::fail(std::string_view kind, std::string_view example) {
  run_.error(kind, example);
  idle();
}

void ShardReader::on_reply(const Reply& reply) {
  if (!run_.accepted(reply)) return idle();
  if (!reading_) return on_iterator_reply(reply);
  if (!parse_records(run_.options.cbor, reply.body, parsed_)) return fail("malformed reply", reply.body);
  run_.call("get", reply);
  run_.messages(reply.received_ns, parsed_.records.size());
  std::string_view last = last_sequence_;
  for (const auto& record : parsed_.records) {
    if (!ascending(last, record.sequence)) return fail("sequence number that does not ascend", record.sequence);
    last = record.sequence;
    on_record(record, reply);
  }
  last_sequence_ = last;
  const bool at_end = parsed_.next_iterator.empty();
  if (!at_end) request_ = build_get_records(run_.options, parsed_.next_iterator);
  if (parsed_.records.empty()) ++run_.empty_receives;
  on_records(parsed_.records.size(), at_end || (parsed_.records.empty() && parsed_.behind_ms == 0));
}

void ShardReader::on_iterator_reply(const Reply& reply) {
  std::string_view iterator;
  if (!parse_iterator(run_.options.cbor, reply.body, iterator)) return fail("malformed reply", reply.body);
  reading_ = true;
  request_ = build_get_records(run_.options, iterator);
  on_iterator();
}

namespace {

class HorizonReader : public ShardReader {
 public:
  HorizonReader(Run& run, Payloads& payloads, unsigned index, bool once)
      : ShardReader(run, "TRIM_HORIZON"),
        payloads_(payloads),
        blank_(stamp::blank(run.options.cbor, run.options.size)),
        once_(once) {
    for (unsigned shard = index; shard < run.options.shards; shard += run.options.connections) shards_.push_back(shard);
    if (shards_.empty() && !once) shards_.push_back(index % run.options.shards);
  }

 protected:
  void next() override {
    if (run_.over() || (once_ && current_ == shards_.size())) return idle();
    begin_shard(shards_[current_++ % shards_.size()]);
  }
  void on_record(const StreamRecord& record, const Reply&) override {
    Body* body = payloads_.find(record.data);
    if (body != nullptr) {
      ++body->received;
    } else if (!stamp::read(run_.options.cbor, record.data, blank_)) {  // another run's producers put those
      run_.error("data that was not sent", record.data);
    }
  }
  void on_records(std::size_t, bool at_tip) override {
    if (run_.over()) return idle();
    if (at_tip) return next();
    go_on();
  }

 private:
  Payloads& payloads_;
  const std::string blank_;
  bool once_;
  std::vector<unsigned> shards_;
  std::size_t current_ = 0;
};

// What the readers and producers of a tail share.
struct Tail {
  std::string blank;
  unsigned ready = 0;  // readers that have their iterator
};

class TailReader : public ShardReader {
 public:
  TailReader(Run& run, Tail& tail, unsigned shard) : ShardReader(run, "LATEST"), tail_(tail), shard_(shard) {}

 protected:
  void next() override { begin_shard(shard_); }
  void on_iterator() override {
    ++tail_.ready;
    go_on();
  }
  void on_record(const StreamRecord& record, const Reply& reply) override {
    const auto sent_ns = stamp::read(run_.options.cbor, record.data, tail_.blank);
    if (!sent_ns || *sent_ns > reply.received_ns) return run_.error("data that was not sent", record.data);
    run_.sample("from_send", reply.received_ns, reply.received_ns - *sent_ns);
  }
  void on_records(std::size_t count, bool) override {
    if (run_.over()) return idle();
    if (count != 0 || run_.options.gap_ms <= 0) return go_on();
    run_.loop.at(monotonic_ns() + static_cast<std::uint64_t>(run_.options.gap_ms * 1e6), [this] {
      if (run_.over()) return idle();
      go_on();
    });
  }

 private:
  Tail& tail_;
  unsigned shard_;
};

// Puts at random intervals around its share of the pace. What is overdue is put at once.
class PacedPutter : public Worker {
 public:
  PacedPutter(Run& run, Tail& tail, unsigned index)
      : Worker(run),
        tail_(tail),
        put_(run.options, run.options.batch, std::uint64_t{index} * 7919),
        random_(index + 1),
        interval_(run.options.rate / run.options.connections) {}

 protected:
  void next() override {
    if (run_.over()) return idle();
    due_ns_ = std::max(due_ns_, monotonic_ns() - backlog_max_ns);
    due_ns_ += static_cast<std::uint64_t>(interval_(random_) * 1e9);
    run_.loop.at(due_ns_, [this] {
      if (run_.over()) return idle();
      if (tail_.ready < run_.options.shards) return next();
      put_.write_stamp(monotonic_ns());
      request(put_.request);
    });
  }
  void on_reply(const Reply& reply) override {
    if (verify_put(run_, reply, run_.options.batch)) run_.call("put", reply);
    next();
  }

 private:
  static constexpr std::uint64_t backlog_max_ns = 1'000'000'000;
  Tail& tail_;
  StampedPut put_;
  std::mt19937_64 random_;
  std::exponential_distribution<double> interval_;
  std::uint64_t due_ns_ = 0;
};

}  // namespace

void run_get(Run& run, bool once) {
  const auto& options = run.options;
  Payloads payloads(run.bodies, options.cbor);
  run.begin(once ? 0 : options.warmup, once ? 0 : options.seconds);
  run_workers(run, options.connections,
              [&](unsigned i) { return std::make_unique<HorizonReader>(run, payloads, i, once); });
}

void run_tail(Run& run) {
  const auto& options = run.options;
  Tail tail{stamp::blank(options.cbor, options.size)};
  run.begin(options.warmup, options.seconds);
  run_workers(run, options.shards + options.connections, [&](unsigned i) -> std::unique_ptr<Worker> {
    if (i < options.shards) return std::make_unique<TailReader>(run, tail, i);
    return std::make_unique<PacedPutter>(run, tail, i - options.shards);
  });
}

}  // namespace millrace::bench
