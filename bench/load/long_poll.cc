#include "load/long_poll.h"

#include <fmt/format.h>

#include "load/sns.h"
#include "load/worker.h"

namespace millrace::bench {
namespace {

constexpr std::uint64_t round_timeout_ns = 10'000'000'000;

std::string url_of(const Options& options, unsigned index) {
  return options.queues == 0 ? options.queue_url : fmt::format("{}-{}", options.queue_url, index % options.queues);
}

// One message on its way: complete when the sender has its reply and a poller has the message and waits again.
class Round {
 public:
  explicit Round(Run& run) : run_(run) {}

  void sent(const Reply& reply) {
    sent_ns_ = reply.sent_ns;
    acknowledged_ns_ = reply.received_ns;
    complete();
  }
  void received(std::uint64_t now_ns) {
    if (received_ns_ != 0) run_.error("message given to two pollers", "");
    received_ns_ = now_ns;
    complete();
  }
  // Begins with the first message after a pause, so that the pollers wait by then.
  void schedule() {
    const std::uint64_t number = ++number_;
    received_ns_ = acknowledged_ns_ = 0;
    const auto gap = static_cast<std::uint64_t>(run_.options.gap_ms * 1e6);
    run_.loop.at(monotonic_ns() + gap, [this] { send_one(); });
    run_.loop.at(monotonic_ns() + gap + round_timeout_ns, [this, number] {
      if (number_ != number || run_.over()) return;
      run_.error("message that woke no poller", "");
      run_.finish();
    });
  }
  std::function<void()> send_one;

 private:
  void complete() {
    if (received_ns_ == 0 || acknowledged_ns_ == 0) return;
    run_.sample("from_send", received_ns_, received_ns_ - sent_ns_);
    run_.sample("wake", received_ns_, received_ns_ > acknowledged_ns_ ? received_ns_ - acknowledged_ns_ : 0);
    run_.messages(received_ns_, 1);
    schedule();
  }

  Run& run_;
  std::uint64_t number_ = 0;
  std::uint64_t sent_ns_ = 0;
  std::uint64_t acknowledged_ns_ = 0;
  std::uint64_t received_ns_ = 0;
};

class Poller : public Worker {
 public:
  Poller(Run& run, Round& round, unsigned index) : Worker(run), round_(round), url_(url_of(run.options, index)) {
    receive_ = build_request(run.options, "ReceiveMessage",
                             fmt::format(R"({{"QueueUrl":"{}","MaxNumberOfMessages":1,"WaitTimeSeconds":20}})", url_));
  }

 protected:
  void next() override {
    deleting_ = false;
    request(receive_);
  }
  void on_reply(const Reply& reply) override {
    if (!run_.accepted(reply) || deleting_) {
      if (deleting_) round_.received(woken_ns_);
      return next();
    }
    if (!parse_receive(reply.body, messages_)) {
      run_.error("malformed reply", reply.body);
      return next();
    }
    if (messages_.empty()) {
      ++run_.empty_receives;
      return next();
    }
    const auto& message = messages_[0];
    Body* const body = find_received(run_.bodies, run_.options.enveloped, message.body, message.md5);
    if (body == nullptr) {
      run_.error("body that was not sent", message.body);
    } else {
      ++body->received;
    }
    woken_ns_ = reply.received_ns;
    deleting_ = true;
    delete_ = build_request(run_.options, "DeleteMessage",
                            fmt::format(R"({{"QueueUrl":"{}","ReceiptHandle":"{}"}})", url_, message.receipt_handle));
    request(delete_);
  }

 private:
  Round& round_;
  std::string url_;
  std::string receive_;
  std::string delete_;
  bool deleting_ = false;
  std::uint64_t woken_ns_ = 0;
  std::vector<ReceivedMessage> messages_;
};

class PollSender : public Worker {
 public:
  PollSender(Run& run, Round& round) : Worker(run), round_(round) {
    round_.send_one = [this] { send_one(); };
  }

 protected:
  void next() override { round_.schedule(); }
  void on_reply(const Reply& reply) override {
    auto& body = run_.bodies.at(number_);
    if (!run_.accepted(reply)) return run_.finish();
    ++body.sent;
    if (!accepts(reply.body, body)) run_.error("wrong MD5 of a sent body", reply.body);
    run_.call("send", reply);
    round_.sent(reply);
  }

 private:
  void send_one() {
    if (run_.over()) return;
    ++number_;
    // A step that shares no factor with usual numbers of pollers visits them all in no simple order.
    target_ = (target_ + 7919) % run_.options.connections;
    if (through_topic()) {
      request_ = build_publish(run_.options, run_.bodies, number_, 1);
    } else {
      request_ = build_request(run_.options, "SendMessage",
                               fmt::format(R"({{"QueueUrl":"{}","MessageBody":"{}"}})", url_of(run_.options, target_),
                                           run_.bodies.at(number_).text));
    }
    request(request_);
  }
  bool through_topic() const { return !run_.options.topic.empty(); }
  bool accepts(std::string_view reply, const Body& body) const {
    if (through_topic()) return accepts_publish(reply, 1);
    SendReply parsed;
    return parse_send(reply, parsed) && parsed.md5 == body.md5;
  }

  Round& round_;
  std::size_t number_ = 0;
  unsigned target_ = 0;
  std::string request_;
};

}  // namespace

void run_long_poll(Run& run) {
  Round round(run);
  run.begin(run.options.warmup, run.options.seconds);
  // The pollers' waits outlast the run, so it ends by the clock and not by idle workers.
  const double whole = run.options.warmup + run.options.seconds;
  run.loop.at(monotonic_ns() + static_cast<std::uint64_t>(whole * 1e9) + 1, [&run] { run.loop.stop(); });
  run_workers(run, run.options.connections + 1, [&](unsigned i) -> std::unique_ptr<Worker> {
    if (i < run.options.connections) return std::make_unique<Poller>(run, round, i);
    return std::make_unique<PollSender>(run, round);
  });
}

}  // namespace millrace::bench
