#include "load/subscribe.h"

#include <functional>

#include "load/event_stream.h"
#include "load/put.h"

namespace millrace::bench {
namespace {

constexpr std::uint64_t arrival_max_ns = 10'000'000'000;

// The record that is under way.
class Delivery {
 public:
  explicit Delivery(Run& run) : blank(stamp::blank(run.options.cbor, run.options.size)), run_(run) {}

  const std::string blank;
  std::function<void()> put_one;

  void subscribed() {
    if (++subscribed_ == run_.options.shards) schedule();
  }
  void sent(std::uint64_t now_ns) {
    sent_ns_ = now_ns;
    acknowledged_ns_ = arrived_ns_ = 0;
    const std::uint64_t number = ++number_;
    run_.loop.at(now_ns + arrival_max_ns, [this, number] {
      if (number != number_ || arrived_ns_ != 0 || run_.over()) return;
      run_.error("record that reached no subscriber", "");
      run_.finish();
      run_.loop.stop();
    });
  }
  void acknowledged(std::uint64_t now_ns) {
    acknowledged_ns_ = now_ns;
    complete();
  }
  void arrived(const StreamRecord& record, std::uint64_t now_ns) {
    const auto sent_ns = stamp::read(run_.options.cbor, record.data, blank);
    if (!sent_ns) return run_.error("data that was not sent", record.data);
    if (*sent_ns != sent_ns_ || arrived_ns_ != 0) return run_.error("record that came twice", record.sequence);
    arrived_ns_ = now_ns;
    complete();
  }

 private:
  void schedule() {
    const auto gap_ns = static_cast<std::uint64_t>(run_.options.gap_ms * 1e6);
    run_.loop.at(monotonic_ns() + gap_ns, [this] {
      if (!run_.over()) put_one();
    });
  }
  void complete() {
    if (acknowledged_ns_ == 0 || arrived_ns_ == 0) return;
    run_.sample("from_send", arrived_ns_, arrived_ns_ - sent_ns_);
    run_.sample("wake", arrived_ns_, arrived_ns_ > acknowledged_ns_ ? arrived_ns_ - acknowledged_ns_ : 0);
    run_.messages(arrived_ns_, 1);
    schedule();
  }

  Run& run_;
  unsigned subscribed_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t sent_ns_ = 0;
  std::uint64_t acknowledged_ns_ = 0;
  std::uint64_t arrived_ns_ = 0;
};

class Subscriber : public Worker {
 public:
  Subscriber(Run& run, Delivery& delivery, unsigned shard) : Worker(run), delivery_(delivery) {
    Document document(run.options.cbor);
    document.map(3).key("ConsumerARN").text(run.options.consumer).key("ShardId").text(shard_id(shard));
    document.key("StartingPosition").map(1).key("Type").text("LATEST").end_map().end_map();
    request_ = build_kinesis_request(run.options, "SubscribeToShard", document);
  }

 protected:
  void next() override { request_stream(request_); }
  void on_reply(const Reply& reply) override {
    if (run_.accepted(reply)) run_.error("malformed reply", "not a stream of events");
    stop();
  }
  void on_piece(std::string_view piece) override {
    const std::uint64_t now_ns = monotonic_ns();
    if (!events_.feed(piece, [&](const EventMessage& message) { on_message(message, now_ns); })) {
      run_.error("malformed event", piece);
      stop();
    }
  }
  void on_stream_end() override {
    if (!run_.over()) run_.error("subscription that ended", "");
    stop();
  }
  void on_broken(const std::string& why) override {
    run_.error("connection", why);
    stop();
  }

 private:
  // Without all of its subscribers the run measures nothing.
  void stop() {
    run_.finish();
    run_.loop.stop();
  }
  void on_message(const EventMessage& message, std::uint64_t now_ns) {
    if (!subscribed_) {
      subscribed_ = true;
      delivery_.subscribed();
    }
    if (message.message_type != "event") {
      run_.error("exception in a subscription", message.payload);
      return stop();
    }
    if (message.type != "SubscribeToShardEvent") return;
    if (!parse_records(run_.options.cbor, message.payload, parsed_)) {
      return run_.error("malformed event", message.payload);
    }
    if (parsed_.records.empty()) ++run_.empty_receives;
    for (const auto& record : parsed_.records) delivery_.arrived(record, now_ns);
  }

  Delivery& delivery_;
  bool subscribed_ = false;
  std::string request_;
  EventReader events_;
  RecordsReply parsed_;
};

class OnePutter : public Worker {
 public:
  OnePutter(Run& run, Delivery& delivery) : Worker(run), delivery_(delivery) {
    delivery.put_one = [this] { put_one(); };
    // Keys for all shards, in no order.
    for (std::uint64_t i = 0; i < keys; ++i) puts_.emplace_back(run.options, 1, i);
  }

 protected:
  void next() override {}
  void on_reply(const Reply& reply) override {
    if (!verify_put(run_, reply, 1)) {
      run_.finish();
      return run_.loop.stop();
    }
    run_.call("put", reply);
    delivery_.acknowledged(reply.received_ns);
  }

 private:
  static constexpr std::uint64_t keys = 256;

  void put_one() {
    auto& put = puts_[number_++ % keys];
    const std::uint64_t now_ns = monotonic_ns();
    put.write_stamp(now_ns);
    delivery_.sent(now_ns);
    request(put.request);
  }

  Delivery& delivery_;
  std::size_t number_ = 0;
  std::vector<StampedPut> puts_;
};

}  // namespace

void run_subscribe(Run& run) {
  const auto& options = run.options;
  Delivery delivery(run);
  run.begin(options.warmup, options.seconds);
  // The subscriptions outlast the run, so it ends by the clock.
  const double whole = options.warmup + options.seconds;
  run.loop.at(monotonic_ns() + static_cast<std::uint64_t>(whole * 1e9) + 1, [&run] { run.loop.stop(); });
  run_workers(run, options.shards + 1, [&](unsigned i) -> std::unique_ptr<Worker> {
    if (i < options.shards) return std::make_unique<Subscriber>(run, delivery, i);
    return std::make_unique<OnePutter>(run, delivery);
  });
}

}  // namespace millrace::bench
