// millrace-load: drives an SQS, SNS or Kinesis endpoint (or, in the constant mode, any HTTP server) and prints one JSON
// line. Ends with status 1 when a reply was not what it should be, 2 when it could not run.
#include <cstdio>

#include "load/fair.h"
#include "load/get.h"
#include "load/long_poll.h"
#include "load/publish.h"
#include "load/put.h"
#include "load/receive.h"
#include "load/send.h"
#include "load/subscribe.h"

namespace {

namespace bench = millrace::bench;

constexpr unsigned fill_connections = 8;

void run_send(bench::Run& run) {
  const auto& options = run.options;
  const bool counted = options.mode == bench::Mode::fill;
  bench::SendShare share{bench::SendRequests(run), 0, counted ? options.count : 0};
  run.begin(counted ? 0 : options.warmup, counted ? 0 : options.seconds);
  bench::run_workers(run, options.connections, [&](unsigned) { return std::make_unique<bench::Sender>(run, share); });
}

// Receives and deletes until `expected` messages have come, the queue gives nothing more, or the run is over.
void run_receive(bench::Run& run, std::uint64_t expected, unsigned wait_seconds) {
  bench::ReceiveShare share(run, wait_seconds);
  share.expected = expected;
  bench::run_workers(run, run.options.connections,
                     [&](unsigned) { return std::make_unique<bench::Receiver>(run, share); });
}

void run_cycle(bench::Run& run) {
  bench::SendShare send{bench::SendRequests(run)};
  bench::ReceiveShare receive(run, 1);
  run.count_missing = true;
  run.begin(run.options.warmup, run.options.seconds);
  bench::run_workers(run, run.options.connections,
                     [&](unsigned) { return std::make_unique<bench::Cycler>(run, send, receive); });
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = bench::parse_options(argc, argv);
  bench::Run run(options);
  switch (options.mode) {
    case bench::Mode::constant:
    case bench::Mode::fill:
    case bench::Mode::send:
      run_send(run);
      if (options.check_drain) {
        bench::Options draining = options;
        draining.mode = bench::Mode::drain;
        draining.batch = 10;
        bench::Run drain(draining);
        drain.begin(0, 0);
        run_receive(drain, run.bodies.sent(), 1);
        for (std::size_t i = 0; i < run.bodies.count(); ++i) run.bodies.at(i).received += drain.bodies.at(i).received;
        if (!drain.clean()) run.error("while draining", drain.report());
        run.count_missing = true;
      }
      break;
    case bench::Mode::receive_delete:
      bench::fill(run, options.prefill, fill_connections);
      run.begin(options.warmup, options.seconds);
      run_receive(run, run.bodies.sent(), 0);
      run.count_missing = run.exhausted;
      break;
    case bench::Mode::drain:
      run.begin(0, 0);
      run_receive(run, options.count, 0);
      if (run.bodies.received() < options.count) run.error("fewer messages than expected", "");
      break;
    case bench::Mode::cycle: run_cycle(run); break;
    case bench::Mode::long_poll: bench::run_long_poll(run); break;
    case bench::Mode::fair: bench::run_fair(run); break;
    case bench::Mode::publish: bench::run_publish(run); break;
    case bench::Mode::create_topics: bench::run_create_topics(run); break;
    case bench::Mode::add_subscriptions: bench::run_add_subscriptions(run); break;
    case bench::Mode::put_records: bench::run_put(run); break;
    case bench::Mode::get_records: bench::run_get(run, options.once); break;
    case bench::Mode::tail: bench::run_tail(run); break;
    case bench::Mode::subscribe: bench::run_subscribe(run); break;
  }
  if (run.count_missing && run.bodies.missing() > 0) run.error("acknowledged messages missing", "");
  if (run.count_missing && run.bodies.repeated() > 0) run.error("messages received more often than sent", "");
  std::puts(run.report().c_str());
  return run.clean() ? 0 : 1;
}
