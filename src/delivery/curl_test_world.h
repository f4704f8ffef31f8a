// World: a real machine with a server of ours as the peer and the clients under test beside it, for one test.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "delivery/curl_http_client.h"
#include "delivery/curl_loop.h"
#include "env/real/machine.h"
#include "http/server.h"

namespace millrace::delivery {

class World {
 public:
  explicit World(CurlLoopOptions loop_options = {}, CurlHttpOptions options = {})
      : loop(std::move(loop_options)), client(loop, std::move(options)) {
    server.emplace(machine.net(), std::vector<env::Core*>{&core()}, http::Options{},
                   [this](env::Core&, http::Request& request, http::Responder responder) {
                     ++requests;
                     peers.insert(std::string(request.peer));
                     handler(request, std::move(responder));
                   });
  }
  // What is outstanding at the end is cut off.
  void run(const std::function<void()>& begin) {
    core().post([begin] { begin(); });
    machine.run();
    loop.stop();
  }
  env::Core& core() { return machine.core(0); }
  // The server's address, as a URL.
  std::string listen(std::shared_ptr<const http::TlsContext> tls = nullptr) {
    const auto port = server->listen("127.0.0.1:0", tls);
    EXPECT_TRUE(port);
    return fmt::format("{}://127.0.0.1:{}/", tls ? "https" : "http", *port);
  }
  // One call, then the machine stops.
  Result<HttpAnswer> call_once(HttpCall call) {
    Result<HttpAnswer> outcome;
    run([&] {
      client.call(core(), std::move(call), [&](Result<HttpAnswer> answer) {
        outcome = std::move(answer);
        machine.stop();
      });
    });
    return outcome;
  }
  // `count` calls at once; `done` gets how many were answered with 200.
  void call_many(const HttpCall& call, int count, std::function<void(int)> done) {
    struct Tally {
      int left;
      int good = 0;
      std::function<void(int)> done;
    };
    auto tally = std::make_shared<Tally>(count, 0, std::move(done));
    for (int i = 0; i < count; ++i) {
      client.call(core(), call, [tally](Result<HttpAnswer> answer) {
        tally->good += answer && answer->status == 200 ? 1 : 0;
        EXPECT_TRUE(answer) << answer.error().message;
        if (--tally->left == 0) tally->done(tally->good);
      });
    }
  }

  env::Machine machine{1};
  std::optional<http::Server> server;
  std::function<void(http::Request&, http::Responder)> handler = [](http::Request& request, http::Responder responder) {
    responder.answer(http::Response::text(200, std::string(request.body)));
  };
  int requests = 0;
  std::set<std::string> peers;  // as many as connections were used
  CurlLoop loop;
  CurlHttpClient client;
};

// An address that takes connections and never says anything.
class SilentListener {
 public:
  SilentListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd_, 1024), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port));
  }
  ~SilentListener() { ::close(fd_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  std::string url;

 private:
  int fd_;
};

}  // namespace millrace::delivery
