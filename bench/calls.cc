// delivery-calls: how many calls a second the delivery's HTTP client makes to a server, from one core of the machine.
//
//   delivery-calls URL SECONDS CONNECTIONS BODY_BYTES
//
// Keeps as many calls under way as connections and prints one line: calls, failures, seconds, calls per second.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <string>

#include "delivery/curl_http_client.h"
#include "delivery/curl_loop.h"
#include "env/real/machine.h"

namespace {

namespace delivery = millrace::delivery;
namespace env = millrace::env;

struct Run {
  env::Core& core;
  delivery::HttpClient& client;
  delivery::HttpCall call;
  millrace::Callback<void()> finished;
  std::size_t under_way = 0;
  std::size_t answered = 0;
  std::size_t failed = 0;
  bool stopping = false;

  void begin_one() {
    ++under_way;
    client.call(core, call, [this](millrace::Result<delivery::HttpAnswer> answer) {
      --under_way;
      ++(answer && answer->status == 200 ? answered : failed);
      if (!stopping) return begin_one();
      if (under_way == 0) finished();
    });
  }
};

std::size_t number(const char* text) {
  std::size_t value = 0;
  const std::string_view view(text);
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: delivery-calls URL SECONDS CONNECTIONS BODY_BYTES\n", stderr);
    return 2;
  }
  const auto seconds = number(argv[2]);
  const auto connections = number(argv[3]);
  env::Machine machine(1);
  auto& core = machine.core(0);
  delivery::CurlLoop loop({.limits = {.under_way_per_endpoint_max = connections}});
  delivery::CurlHttpClient client(loop, {});
  Run run{core, client, {.url = argv[1], .headers = {{"content-type", "text/plain; charset=UTF-8"}}}, [&] {
            machine.stop();
          }};
  run.call.body = std::make_shared<const std::string>(number(argv[4]), 'x');
  const auto begin = core.monotonic_ns();
  core.post([&] {
    for (std::size_t i = 0; i < connections; ++i) run.begin_one();
  });
  core.after(millrace::Duration(static_cast<std::int64_t>(seconds) * 1000), [&] { run.stopping = true; });
  machine.run();
  const auto elapsed = static_cast<double>(core.monotonic_ns() - begin) / 1e9;
  fmt::print("{} calls, {} failed, {:.2f} s, {:.0f} calls/s\n", run.answered, run.failed, elapsed,
             static_cast<double>(run.answered) / elapsed);
  return run.failed == 0 ? 0 : 1;
}
