// delivery-calls: how many calls a second the delivery's HTTP client makes to a server, from one core of the machine.
//
//   delivery-calls URL SECONDS CONNECTIONS BODY_BYTES [DEAD]
//
// Keeps as many calls under way as connections and prints one line: calls, failures, seconds, calls per second, and how
// long a call took. With DEAD, so many other servers, that take connections and never answer, are called all the time.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

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
  std::vector<std::uint64_t> took_ns;

  void begin_one() {
    ++under_way;
    client.call(core, call, [this, began = core.monotonic_ns()](millrace::Result<delivery::HttpAnswer> answer) {
      --under_way;
      took_ns.push_back(core.monotonic_ns() - began);
      ++(answer && answer->status == 200 ? answered : failed);
      if (!stopping) return begin_one();
      if (under_way == 0) finished();
    });
  }
};

// Calls that never end, to a server that is not there for them.
struct Dead {
  env::Core& core;
  delivery::HttpClient& client;
  delivery::HttpCall call;

  void begin_one() {
    client.call(core, call, [this](const millrace::Result<delivery::HttpAnswer>&) { begin_one(); });
  }
};

std::string silent_server() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, raw, size) != 0 || ::listen(fd, 1024) != 0 || ::getsockname(fd, raw, &size) != 0) return {};
  return fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
}

double percentile(std::vector<std::uint64_t>& took_ns, double which) {
  if (took_ns.empty()) return 0;
  const auto place = static_cast<std::ptrdiff_t>(static_cast<double>(took_ns.size() - 1) * which);
  std::nth_element(took_ns.begin(), took_ns.begin() + place, took_ns.end());
  return static_cast<double>(took_ns[static_cast<std::size_t>(place)]) / 1e6;
}

std::size_t number(const char* text) {
  std::size_t value = 0;
  const std::string_view view(text);
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::fputs("usage: delivery-calls URL SECONDS CONNECTIONS BODY_BYTES [DEAD]\n", stderr);
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
  constexpr std::size_t calls_per_dead = 8;
  std::vector<Dead> dead;
  for (std::size_t i = 0; argc == 6 && i < number(argv[5]); ++i)
    dead.push_back({core, client, {.url = silent_server()}});
  const auto begin = core.monotonic_ns();
  core.post([&] {
    for (auto& one : dead) {
      for (std::size_t i = 0; i < calls_per_dead; ++i) one.begin_one();
    }
    for (std::size_t i = 0; i < connections; ++i) run.begin_one();
  });
  core.after(millrace::Duration(static_cast<std::int64_t>(seconds) * 1000), [&] { run.stopping = true; });
  machine.run();
  loop.stop();
  const auto elapsed = static_cast<double>(core.monotonic_ns() - begin) / 1e9;
  fmt::print("{} calls, {} failed, {:.2f} s, {:.0f} calls/s, median {:.2f} ms, p99 {:.2f} ms\n", run.answered,
             run.failed, elapsed, static_cast<double>(run.answered) / elapsed, percentile(run.took_ns, 0.5),
             percentile(run.took_ns, 0.99));
  return run.failed == 0 ? 0 : 1;
}
