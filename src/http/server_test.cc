// The server over the machine's own loopback.
#include "http/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "env/real/machine.h"

namespace millrace::http {
namespace {

// A blocking client, for a thread of its own.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Until so many bytes are there or the server closes.
  std::string receive(std::size_t bytes) {
    std::string all;
    char buffer[65536];
    while (all.size() < bytes) {
      const auto got = ::recv(fd_, buffer, std::min(sizeof buffer, bytes - all.size()), 0);
      if (got <= 0) break;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }
  std::string receive_all() { return receive(std::size_t{1} << 30); }

 private:
  int fd_;
  bool connected_ = false;
};

// Runs a server on two cores and `client` beside it; drains the server when the client is done.
void run(Options options, Handler handler, const std::function<void(std::uint16_t, Server&)>& client) {
  env::Machine machine(2);
  std::thread thread;
  {
    Server server(machine.net(), {&machine.core(0), &machine.core(1)}, options, std::move(handler));
    const auto port = server.listen("127.0.0.1:0");
    ASSERT_TRUE(port) << port.error().message;
    bool drained = false;
    thread = std::thread([&] {
      client(*port, server);
      machine.core(0).post([&] {
        server.drain(std::chrono::seconds(5), [&] {
          drained = true;
          machine.stop();
        });
      });
    });
    machine.run();
    thread.join();
    EXPECT_TRUE(drained);
    EXPECT_EQ(server.connections(), 0u);
  }
}

void echo(env::Core&, Request& request, Responder responder) {
  Response response;
  response.body = request.body;
  responder.answer(std::move(response));
}

std::string post(std::string_view body) {
  return fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

std::string body_of(std::string_view response) { return std::string(response.substr(response.find("\r\n\r\n") + 4)); }

TEST(Server, AnswersOverLoopback) {
  run({}, echo, [](std::uint16_t port, Server&) {
    Client client(port);
    ASSERT_TRUE(client.connected());
    const std::string large(1'500'000, 'x');
    client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1500000\r\n\r\n" + large);
    EXPECT_TRUE(body_of(client.receive_all()) == large);
  });
}

TEST(Server, ManyConnectionsOnTwoCores) {
  std::atomic<int> handled = 0;
  const auto handler = [&](env::Core& core, Request& request, Responder responder) {
    ++handled;
    // Answered in a later turn, as after a commit.
    core.post([body = std::string(request.body), held = std::make_shared<Responder>(std::move(responder))]() mutable {
      Response response;
      response.body = std::move(body);
      held->answer(std::move(response));
    });
  };
  run({}, handler, [](std::uint16_t port, Server& server) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<Client>(port));
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < clients.size(); ++i)
        clients[i]->send(post(fmt::format("{:04}", i)) + post("pipelined"));
      for (std::size_t i = 0; i < clients.size(); ++i) {
        std::string all;
        while (!all.ends_with("pipelined")) {
          const auto more = clients[i]->receive(1);
          ASSERT_FALSE(more.empty());
          all += more;
        }
        EXPECT_EQ(body_of(all).substr(0, 4), fmt::format("{:04}", i));
      }
    }
    EXPECT_EQ(server.connections(), 50u);
  });
  EXPECT_EQ(handled, 2000);
}

TEST(Server, TheReplyToABodyThatIsTooLargeArrives) {
  Options options;
  options.limits.body_bytes_max = 1000;
  run(options, echo, [](std::uint16_t port, Server&) {
    Client client(port);
    client.send(post(std::string(3'000'000, 'x')));
    EXPECT_TRUE(client.receive_all().starts_with("HTTP/1.1 413 "));
  });
}

TEST(Server, ADisconnectIsNoticedWhileTheRequestWaits) {
  std::atomic<bool> gone = false;
  std::atomic<bool> waiting = false;
  const auto handler = [&](env::Core&, Request&, Responder responder) {
    auto held = std::make_shared<Responder>(std::move(responder));
    held->on_gone([&gone, held] {
      held->answer({});
      gone = true;
      gone.notify_all();
    });
    waiting = true;
    waiting.notify_all();
  };
  run({}, handler, [&](std::uint16_t port, Server&) {
    {
      Client client(port);
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      waiting.wait(false);
    }
    gone.wait(false);
  });
  EXPECT_TRUE(gone);
}

TEST(Server, ListeningTwiceOnOnePortFails) {
  run({}, echo, [](std::uint16_t, Server&) {});
  env::Machine machine(1);
  Server server(machine.net(), {&machine.core(0)}, {}, echo);
  const auto port = server.listen("127.0.0.1:0");
  ASSERT_TRUE(port);
  EXPECT_FALSE(server.listen(fmt::format("127.0.0.1:{}", *port)));
}

}  // namespace
}  // namespace millrace::http
