#include "load/publish.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "load/sns.h"
#include "load/worker.h"

namespace millrace::bench {
namespace {

// What all callers of a phase share: how the n-th request is made and its reply verified, and how many there are.
struct CallShare {
  std::string_view what;
  std::uint64_t messages = 1;  // that a call moves
  std::function<std::string_view(std::uint64_t number, std::string& scratch)> make;
  std::function<bool(std::uint64_t number, std::string_view xml)> verify;
  std::uint64_t limit = 0;  // messages in all; 0: as long as the run lasts
  std::uint64_t next = 0;   // number of a call
};

class Caller : public Worker {
 public:
  Caller(Run& run, CallShare& share) : Worker(run), share_(share) {}

 protected:
  void next() override {
    if (run_.over() || (share_.limit != 0 && share_.next * share_.messages >= share_.limit)) return idle();
    current_ = share_.next++;
    request(share_.make(current_, scratch_));
  }
  void on_reply(const Reply& reply) override {
    if (run_.accepted(reply)) {
      if (share_.verify(current_, reply.body)) {
        run_.call(share_.what, reply);
        run_.messages(reply.received_ns, share_.messages);
      } else {
        run_.error("reply that is not what it should be", reply.body);
      }
    }
    next();
  }

 private:
  CallShare& share_;
  std::uint64_t current_ = 0;
  std::string scratch_;
};

void run_calls(Run& run, CallShare& share) {
  const bool counted = run.options.count != 0;
  share.limit = run.options.count;
  run.begin(counted ? 0 : run.options.warmup, counted ? 0 : run.options.seconds);
  run_workers(run, run.options.connections, [&](unsigned) { return std::make_unique<Caller>(run, share); });
}

// Calls that make something with a number in its name, and get its ARN.
void run_making(Run& run, std::string_view what, std::string_view arn_element,
                const std::function<Form(std::uint64_t number)>& form) {
  CallShare share{
      .what = what,
      .make =
          [&](std::uint64_t number, std::string& scratch) {
            scratch = build_sns_request(run.options, form(run.options.first + number));
            return std::string_view(scratch);
          },
      .verify = [&](std::uint64_t,
                    std::string_view xml) { return element(xml, arn_element).starts_with("arn:aws:sns:"); }};
  run_calls(run, share);
}

}  // namespace

void run_publish(Run& run) {
  const unsigned batch = run.options.batch;
  std::vector<std::string> requests;
  for (std::size_t first = 0; first + batch <= run.bodies.count(); first += batch) {
    requests.push_back(build_publish(run.options, run.bodies, first, batch));
  }
  const auto verify = [&](std::uint64_t number, std::string_view xml) {
    if (!accepts_publish(xml, batch)) return false;
    const auto first = number % requests.size() * batch;
    for (unsigned i = 0; i < batch; ++i) ++run.bodies.at(first + i).sent;
    return true;
  };
  CallShare share{.what = "publish",
                  .messages = batch,
                  .make = [&](std::uint64_t number, std::string&) -> std::string_view {
                    return requests[number % requests.size()];
                  },
                  .verify = verify};
  run_calls(run, share);
}

void run_create_topics(Run& run) {
  run_making(run, "create_topic", "TopicArn", [&run](std::uint64_t number) {
    return Form("CreateTopic").add("Name", fmt::format("{}-{}", run.options.topic, number));
  });
}

void run_add_subscriptions(Run& run) {
  run_making(run, "add_subscription", "SubscriptionArn", [&run](std::uint64_t number) {
    Form form("Subscribe");
    form.add("TopicArn", run.options.topic).add("Protocol", "sqs");
    form.add("Endpoint", fmt::format("arn:aws:sqs:us-east-1:000000000000:{}-{}", run.options.queue, number));
    if (run.options.filtered) {
      form.add("Attributes.entry.1.key", "FilterPolicy");
      form.add("Attributes.entry.1.value", fmt::format(R"({{"key":["value-{}"]}})", number));
    }
    return form;
  });
}

}  // namespace millrace::bench
