#include "load/fair.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "load/worker.h"

namespace millrace::bench {
namespace {

constexpr unsigned noisy_group = 99999999;
constexpr unsigned noisy_batch = 10;
// Connections that carry the noisy group, so that no single one limits its rate.
constexpr unsigned noisy_connections = 4;
constexpr std::size_t group_digits = 8;
constexpr std::size_t call_digits = 20;

// When each call of a sender was answered, by its number; 0 while it is under way. A message waits from then on: what
// the sync takes is the same for all groups and not the queue's choice.
using Acknowledged = std::vector<std::uint64_t>;

// Sends messages of one group at random intervals around a rate. A body says its group and the number of its call.
class GroupSender : public Worker {
 public:
  GroupSender(Run& run, Acknowledged& acknowledged, unsigned group, double calls_per_second, unsigned batch)
      : Worker(run),
        acknowledged_(acknowledged),
        group_(group),
        batch_(batch),
        random_(group + 1),
        interval_(calls_per_second) {}

 protected:
  void next() override {
    due_ns_ = monotonic_ns();
    wait();
  }
  void on_reply(const Reply& reply) override {
    if (run_.accepted(reply) && reply.body.find(md5_) == std::string_view::npos) {
      run_.error("wrong MD5 of a sent body", reply.body);
    }
    acknowledged_[call_] = reply.received_ns;
    wait();
  }

 private:
  // What is overdue is sent at once: a slow reply does not lower the rate.
  void wait() {
    due_ns_ += static_cast<std::uint64_t>(interval_(random_) * 1e9);
    run_.loop.at(due_ns_, [this] { send_batch(); });
  }
  void send_batch() {
    if (run_.over()) return idle();
    call_ = acknowledged_.size();
    acknowledged_.push_back(0);
    auto body = fmt::format("{:08}{:020}", group_, call_);
    body.resize(std::max<std::size_t>(body.size(), run_.options.size), '.');
    md5_ = md5_hex(body);
    const auto group = run_.options.ungrouped ? "" : fmt::format(R"(,"MessageGroupId":"group-{}")", group_);
    const auto& url = run_.options.queue_url;
    if (batch_ == 1) {
      request_ = build_request(run_.options, "SendMessage",
                               fmt::format(R"({{"QueueUrl":"{}","MessageBody":"{}"{}}})", url, body, group));
    } else {
      std::string entries;
      for (unsigned i = 0; i < batch_; ++i) {
        entries += fmt::format(R"({}{{"Id":"{}","MessageBody":"{}"{}}})", i == 0 ? "" : ",", i, body, group);
      }
      request_ = build_request(run_.options, "SendMessageBatch",
                               fmt::format(R"({{"QueueUrl":"{}","Entries":[{}]}})", url, entries));
    }
    request(request_);
  }

  Acknowledged& acknowledged_;
  std::size_t call_ = 0;
  unsigned group_;
  unsigned batch_;
  std::mt19937_64 random_;
  std::exponential_distribution<double> interval_;
  std::uint64_t due_ns_ = 0;
  std::string md5_;
  std::string request_;
};

class Consumer : public Worker {
 public:
  Consumer(Run& run, const Acknowledged& acknowledged, unsigned index)
      : Worker(run), acknowledged_(acknowledged), index_(index) {
    receive_ = build_request(run.options, "ReceiveMessage",
                             fmt::format(R"({{"QueueUrl":"{}","MaxNumberOfMessages":{},"WaitTimeSeconds":0}})",
                                         run.options.queue_url, run.options.batch));
  }

 protected:
  void next() override {
    // Spread evenly over the pace from the beginning.
    const double share = static_cast<double>(index_) / run_.options.connections;
    due_ns_ = monotonic_ns() + static_cast<std::uint64_t>(share * run_.options.work_ms * 1e6);
    run_.loop.at(due_ns_, [this] { receive(); });
  }
  void on_reply(const Reply& reply) override {
    if (!run_.accepted(reply) || deleting_) return receive_or_end();
    if (!parse_receive(reply.body, messages_)) run_.error("malformed reply", reply.body);
    std::string entries;
    for (const auto& message : messages_) {
      account(message, reply.received_ns);
      entries += fmt::format(R"({}{{"Id":"{}","ReceiptHandle":"{}"}})", entries.empty() ? "" : ",",
                             &message - messages_.data(), message.receipt_handle);
    }
    if (messages_.empty()) ++run_.empty_receives;
    run_.messages(reply.received_ns, messages_.size());
    delete_ = build_request(run_.options, "DeleteMessageBatch",
                            fmt::format(R"({{"QueueUrl":"{}","Entries":[{}]}})", run_.options.queue_url, entries));
    due_ns_ += static_cast<std::uint64_t>(run_.options.work_ms * 1e6);
    run_.loop.at(due_ns_, [this] {
      if (messages_.empty()) return receive_or_end();
      deleting_ = true;
      request(delete_);
    });
  }

 private:
  void receive() {
    deleting_ = false;
    request(receive_);
  }
  void receive_or_end() {
    if (run_.over()) return idle();
    receive();
  }
  void account(const ReceivedMessage& message, std::uint64_t now_ns) {
    unsigned group = 0;
    std::size_t call = 0;
    const auto body = message.body;
    if (body.size() < group_digits + call_digits) return run_.error("body that was not sent", body);
    std::from_chars(body.data(), body.data() + group_digits, group);
    std::from_chars(body.data() + group_digits, body.data() + group_digits + call_digits, call);
    if (message.md5 != md5_hex(body)) run_.error("wrong MD5 of a received body", body);
    if (call >= acknowledged_.size()) return run_.error("body that was not sent", body);
    const std::uint64_t since_ns = acknowledged_[call] == 0 ? now_ns : acknowledged_[call];
    run_.sample(group == noisy_group ? "wait_noisy" : "wait_quiet", now_ns, now_ns - std::min(now_ns, since_ns));
  }

  const Acknowledged& acknowledged_;
  unsigned index_;
  bool deleting_ = false;
  std::uint64_t due_ns_ = 0;
  std::string receive_;
  std::string delete_;
  std::vector<ReceivedMessage> messages_;
};

}  // namespace

void run_fair(Run& run) {
  const auto& options = run.options;
  run.begin(options.warmup, options.seconds);
  Acknowledged acknowledged;
  const unsigned noisy = options.noisy > 0 ? noisy_connections : 0;
  run_workers(run, options.connections + options.groups + noisy, [&](unsigned i) -> std::unique_ptr<Worker> {
    if (i < options.connections) return std::make_unique<Consumer>(run, acknowledged, i);
    i -= options.connections;
    if (i < options.groups) return std::make_unique<GroupSender>(run, acknowledged, i, options.rate, 1);
    const double calls = options.rate * options.noisy / noisy_batch / noisy_connections;
    return std::make_unique<GroupSender>(run, acknowledged, noisy_group, calls, noisy_batch);
  });
}

}  // namespace millrace::bench
