// Listeners and sockets of the real machine, against plain blocking clients on threads of their own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "env/real/address.h"
#include "env/real/machine.h"
#include "env/real/unique_fd.h"

namespace millrace::env {
namespace {

TEST(Address, literals_and_localhost_are_understood) {
  for (const auto& [text, meant] : std::map<std::string, std::string>{{"127.0.0.1:4566", "127.0.0.1:4566"},
                                                                      {"localhost:80", "127.0.0.1:80"},
                                                                      {"0.0.0.0:0", "0.0.0.0:0"},
                                                                      {"[::1]:65535", "[::1]:65535"},
                                                                      {"[2001:db8::1]:1", "[2001:db8::1]:1"}}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(text_of(*address), meant);
  }
}

TEST(Address, anything_else_is_refused_with_what_is_allowed) {
  for (const char* text : {"", "4566", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "::1:80", "[::1]", "[]:80", "example.com:80", "256.0.0.1:80", ":80"}) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::invalid);
    EXPECT_NE(address.error().message.find("localhost:PORT"), std::string::npos);
  }
}

// A client that blocks, for use on a thread of its own.
class Client {
 public:
  explicit Client(std::uint16_t port, const std::string& host = "127.0.0.1") {
    const auto address = *parse_address(host + ":" + std::to_string(port));
    fd_ = UniqueFd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connected_ = ::connect(fd_.get(), address.raw(), address.size) == 0;
  }
  bool connected() const { return connected_; }
  void send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // `size` bytes, or fewer when the server closed or reset the connection.
  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
      const auto part = ::recv(fd_.get(), text.data() + got, size - got, 0);
      if (part <= 0) break;
      got += static_cast<std::size_t>(part);
    }
    text.resize(got);
    return text;
  }
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

 private:
  UniqueFd fd_;
  bool connected_ = false;
};

// Sends back what it reads until the peer closes; owns itself through its callbacks.
class Echo : public std::enable_shared_from_this<Echo> {
 public:
  explicit Echo(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
  void go() {
    socket_->read(buffer_, [self = shared_from_this()](Result<std::size_t> size) {
      if (!size || *size == 0) return;
      const auto bytes = Bytes(self->buffer_).first(*size);
      // In two pieces and an empty one, to go through all of write().
      self->socket_->write({bytes.first(*size / 2), {}, bytes.subspan(*size / 2)}, [self](Result<void> ok) {
        if (ok) self->go();
      });
    });
  }

 private:
  std::unique_ptr<Socket> socket_;
  std::array<std::byte, 65536> buffer_;
};

class RealNetTest : public testing::Test {
 protected:
  std::unique_ptr<Listener> listen(Accepted accepted, const std::string& address = "127.0.0.1:0") {
    auto listener = machine_.net().listen(address, std::move(accepted));
    EXPECT_TRUE(listener) << listener.error().message;
    return std::move(*listener);
  }
  // Runs `client` on a thread of its own and the machine until it returns.
  void run_with(Callback<void()> client) {
    std::thread thread([&] {
      client();
      machine_.stop();
    });
    machine_.run();
    thread.join();
  }
  static Accepted echo() {
    return [](Core&, std::unique_ptr<Socket> socket) { std::make_shared<Echo>(std::move(socket))->go(); };
  }
  Machine machine_{2};
};

TEST_F(RealNetTest, what_a_client_sends_comes_back) {
  const auto listener = listen(echo());
  run_with([&] {
    Client client(listener->port());
    for (const std::string text : {"hello", "a", "again"}) {
      client.send(text);
      EXPECT_EQ(client.receive(text.size()), text);
    }
  });
}

TEST_F(RealNetTest, ipv6_works_and_the_peer_is_named) {
  std::mutex mutex;
  std::string peer;
  const auto listener = listen(
      [&](Core&, std::unique_ptr<Socket> socket) {
        const std::lock_guard lock(mutex);
        peer = socket->peer();
      },
      "[::1]:0");
  run_with([&] {
    Client client(listener->port(), "[::1]");
    EXPECT_EQ(client.receive(1), "");
  });
  EXPECT_TRUE(peer.starts_with("[::1]:")) << peer;
}

TEST_F(RealNetTest, large_transfers_survive_short_reads_and_writes) {
  const auto listener = listen(echo());
  run_with([&] {
    Client client(listener->port());
    std::string large(8 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 1000);
    std::thread sender([&] { client.send(large); });
    EXPECT_EQ(client.receive(large.size()), large);
    sender.join();
  });
}

TEST_F(RealNetTest, many_pieces_larger_than_the_socket_buffer_are_written_in_order) {
  constexpr std::size_t pieces_count = 500;
  std::vector<std::string> parts;
  std::string all;
  for (std::size_t i = 0; i < pieces_count; ++i) {
    parts.push_back(std::string(i * 37, static_cast<char>('a' + i % 26)));
    all += parts.back();
  }
  std::unique_ptr<Socket> held;
  const auto listener = listen([&](Core&, std::unique_ptr<Socket> socket) {
    std::vector<Bytes> pieces;
    for (const auto& part : parts) pieces.push_back(as_bytes(part));
    held = std::move(socket);
    held->write(std::move(pieces), [&](Result<void> ok) {
      EXPECT_TRUE(ok);
      held->end_writing();
    });
  });
  run_with([&] {
    Client client(listener->port());
    EXPECT_EQ(client.receive(all.size() + 1), all);
  });
}

TEST_F(RealNetTest, the_end_of_the_peer_is_a_read_of_nothing) {
  std::size_t size = 99;
  std::unique_ptr<Socket> held;
  std::array<std::byte, 10> buffer;
  const auto listener = listen([&](Core&, std::unique_ptr<Socket> socket) {
    held = std::move(socket);
    held->read(buffer, [&](Result<std::size_t> result) {
      ASSERT_TRUE(result);
      size = *result;
      held->write({as_bytes("bye")}, [&](Result<void>) { held.reset(); });
    });
  });
  run_with([&] {
    Client client(listener->port());
    client.end_sending();
    EXPECT_EQ(client.receive(10), "bye");
  });
  EXPECT_EQ(size, 0u);
}

TEST_F(RealNetTest, close_ends_a_read_under_way_with_an_error_and_later_ones_too) {
  std::vector<ErrorCode> codes;
  std::unique_ptr<Socket> held;
  std::array<std::byte, 10> buffer;
  const auto listener = listen([&](Core& core, std::unique_ptr<Socket> socket) {
    held = std::move(socket);
    held->read(buffer, [&](Result<std::size_t> result) {
      ASSERT_FALSE(result);
      codes.push_back(result.error().code);
      EXPECT_NE(result.error().message.find(held->peer()), std::string::npos);
      held->read(buffer, [&](Result<std::size_t> later) {
        codes.push_back(later.error().code);
        held->write({as_bytes("x")}, [&](Result<void> written) {
          codes.push_back(written.error().code);
          machine_.stop();
        });
      });
    });
    core.post([&] { held->close(); });
  });
  Client client(listener->port());
  machine_.run();
  EXPECT_EQ(codes, (std::vector<ErrorCode>{ErrorCode::io, ErrorCode::io, ErrorCode::io}));
  EXPECT_EQ(client.receive(1), "");
}

TEST_F(RealNetTest, a_destroyed_socket_calls_nobody_and_lets_its_callbacks_go) {
  auto witness = std::make_shared<int>();
  bool called = false;
  std::array<std::byte, 10> buffer;
  const std::string large(32 * 1024 * 1024, 'x');
  const auto listener = listen([&](Core& core, std::unique_ptr<Socket> socket) {
    socket->read(buffer, [&called, witness](Result<std::size_t>) { called = true; });
    // More than the kernel buffers for a client that does not read, so that it is under way when the socket goes.
    socket->write({as_bytes(large)}, [&called, witness](Result<void>) { called = true; });
    core.post([socket = std::move(socket)]() mutable { socket.reset(); });
    core.after(Duration(5), [&] { machine_.stop(); });
  });
  Client client(listener->port());
  machine_.run();
  EXPECT_FALSE(called);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RealNetTest, stopping_destroys_connections_that_own_themselves) {
  auto witness = std::make_shared<int>();
  const auto listener = listen([witness](Core&, std::unique_ptr<Socket> socket) {
    struct Self {
      std::unique_ptr<Socket> socket;
      std::array<std::byte, 10> buffer;
      std::shared_ptr<int> witness;
    };
    auto self = std::make_shared<Self>(std::move(socket), std::array<std::byte, 10>{}, witness);
    self->socket->read(self->buffer, [self](Result<std::size_t>) {});
    self->socket->write({as_bytes("x")}, [](Result<void>) {});
  });
  Client one(listener->port());
  Client two(listener->port());
  run_with([&] {
    EXPECT_EQ(one.receive(1), "x");
    EXPECT_EQ(two.receive(1), "x");
  });
  EXPECT_EQ(witness.use_count(), 2);  // the listener's and ours
}

TEST_F(RealNetTest, connections_are_spread_over_the_cores) {
  std::mutex mutex;
  std::map<Core*, int> count;
  std::vector<std::unique_ptr<Socket>> held;
  const auto listener = listen([&](Core& core, std::unique_ptr<Socket> socket) {
    const std::lock_guard lock(mutex);
    ++count[&core];
    socket->write({as_bytes("x")}, [](Result<void>) {});
    held.push_back(std::move(socket));
  });
  run_with([&] {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
      clients.push_back(std::make_unique<Client>(listener->port()));
      EXPECT_EQ(clients.back()->receive(1), "x");
    }
  });
  EXPECT_EQ(count[&machine_.core(0)], 10);
  EXPECT_EQ(count[&machine_.core(1)], 10);
}

TEST_F(RealNetTest, a_port_that_is_taken_is_an_error_that_names_it) {
  const auto listener = listen(echo());
  const std::string address = "127.0.0.1:" + std::to_string(listener->port());
  const auto second = machine_.net().listen(address, echo());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::exists);
  EXPECT_NE(second.error().message.find(address), std::string::npos);
  EXPECT_EQ(machine_.net().listen("nowhere", echo()).error().code, ErrorCode::invalid);
}

TEST_F(RealNetTest, a_destroyed_listener_refuses_connections) {
  auto listener = listen(echo());
  const auto port = listener->port();
  machine_.core(0).post([&] { listener.reset(); });
  machine_.core(0).post([&] { machine_.stop(); });
  machine_.run();
  EXPECT_FALSE(Client(port).connected());
}

TEST_F(RealNetTest, a_socket_that_connects_is_one_like_those_that_are_accepted) {
  const auto listener = listen(echo());
  const auto port = std::to_string(listener->port());
  std::unique_ptr<Socket> socket;
  std::array<std::byte, 10> buffer;
  std::string got;
  machine_.net().connect(machine_.core(1), "localhost:" + port, [&](Result<std::unique_ptr<Socket>> result) {
    ASSERT_TRUE(result) << result.error().message;
    socket = std::move(*result);
    socket->write({as_bytes("hello")}, [](Result<void>) {});
    socket->read(buffer, [&](Result<std::size_t> size) {
      got = as_text(Bytes(buffer).first(size.value_or(0)));
      machine_.stop();
    });
  });
  machine_.run();
  EXPECT_FALSE(got.empty());
  EXPECT_TRUE(std::string("hello").starts_with(got)) << got;
  EXPECT_EQ(socket->peer(), "127.0.0.1:" + port);
}

TEST_F(RealNetTest, what_cannot_be_connected_to_is_an_error_that_names_it) {
  auto gone = listen(echo());
  const auto address = "127.0.0.1:" + std::to_string(gone->port());
  gone.reset();
  Error refused, malformed;
  machine_.net().connect(machine_.core(0), address, [&](Result<std::unique_ptr<Socket>> result) {
    refused = result.error();
    machine_.net().connect(machine_.core(0), "nowhere", [&](Result<std::unique_ptr<Socket>> second) {
      malformed = second.error();
      machine_.stop();
    });
  });
  machine_.run();
  EXPECT_EQ(refused.code, ErrorCode::io);
  EXPECT_NE(refused.message.find(address), std::string::npos);
  EXPECT_EQ(malformed.code, ErrorCode::invalid);
  EXPECT_NE(malformed.message.find("nowhere"), std::string::npos);
}

TEST_F(RealNetTest, stopping_lets_go_of_connections_on_their_way) {
  const auto listener = listen(echo());
  auto witness = std::make_shared<int>();
  machine_.net().connect(machine_.core(0), "localhost:" + std::to_string(listener->port()),
                         [witness](Result<std::unique_ptr<Socket>>) {});
  machine_.stop();
  machine_.run();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(RealNetTest, running_out_of_descriptors_pauses_accepting_and_no_more) {
  const auto listener = listen(echo());
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  run_with([&] {
    Client client(listener->port());
    client.send("a");
    ASSERT_EQ(client.receive(1), "a");
    // The client's own descriptor takes the last free one, so the server has none for the connection.
    UniqueFd lowest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const rlimit tight{static_cast<rlim_t>(lowest.get()) + 1, before.rlim_max};
    lowest = UniqueFd();
    ::setrlimit(RLIMIT_NOFILE, &tight);
    Client waiting(listener->port());
    ASSERT_TRUE(waiting.connected());
    waiting.send("b");
    client.send("c");
    EXPECT_EQ(client.receive(1), "c");
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_EQ(waiting.receive(1), "b");
  });
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace millrace::env
