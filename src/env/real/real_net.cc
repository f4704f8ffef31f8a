#include "env/real/real_net.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "env/real/address.h"
#include "env/real/system_error.h"
#include "env/real/unique_fd.h"

namespace millrace::env {
namespace asio = boost::asio;
using asio::ip::tcp;
using SystemCode = boost::system::error_code;
namespace {

// Connections that the kernel completes and keeps for us until we accept them.
constexpr int backlog_max = 4096;
// Accepted in one turn of core 0, so that a flood of connections does not hold up those that are there.
constexpr int accepted_per_turn_max = 64;
// How long a listener waits when the system has no descriptor or memory for a connection.
constexpr Duration accept_pause{100};

using ReadDone = Callback<void(Result<std::size_t>)>;

struct Pieces {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator first;
  const_iterator last;
  const_iterator begin() const { return first; }
  const_iterator end() const { return last; }
};

// What a socket and the operations under way on it share. Lives on one core, hence the plain count of references.
class Connection final : public Holder {
 public:
  using Pointer = boost::intrusive_ptr<Connection>;

  Connection(RealCore& core, tcp protocol, UniqueFd fd, std::string peer)
      : Holder(core.holders()), core_(core), socket_(core.io()), peer_(std::move(peer)) {
    SystemCode error;
    socket_.assign(protocol, fd.get(), error);
    // A descriptor that the event loop cannot watch stays closed; the first read says so.
    if (!error) fd.release();
  }
  Connection(RealCore& core, tcp::socket socket, std::string peer)
      : Holder(core.holders()), core_(core), socket_(std::move(socket)), peer_(std::move(peer)) {}

  void read(MutableBytes into, ReadDone done);
  void write(const std::vector<Bytes>& pieces, WriteDone done);
  void end_writing() {
    SystemCode ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close();
  // The owner is gone: nothing is called any more.
  void abandon();
  void give_up(std::vector<Callback<void()>>& unrun) override;
  const std::string& peer() const { return peer_; }

 private:
  friend void intrusive_ptr_add_ref(Connection* connection) { ++connection->references_; }
  friend void intrusive_ptr_release(Connection* connection) {
    if (--connection->references_ == 0) delete connection;
  }
  void finish_read(const SystemCode& error, std::size_t size);
  void write_some();
  void finish_write(const SystemCode& error, std::size_t size);
  Error error_of(const char* operation, const SystemCode& error) const;

  RealCore& core_;
  tcp::socket socket_;
  const std::string peer_;
  ReadDone read_done_;
  WriteDone write_done_;
  std::vector<asio::const_buffer> pieces_;  // kept for its capacity
  std::size_t piece_ = 0;                   // those before are written
  int references_ = 0;
  bool counted_ = true;
};

void Connection::read(MutableBytes into, ReadDone done) {
  check(!read_done_, "one read at a time");
  check(!into.empty(), "a read has room for a byte, since none means the end");
  read_done_ = std::move(done);
  socket_.async_read_some(
      asio::buffer(into.data(), into.size()),
      [self = Pointer(this)](const SystemCode& error, std::size_t size) { self->finish_read(error, size); });
}

void Connection::finish_read(const SystemCode& error, std::size_t size) {
  if (!read_done_) return;
  auto done = std::exchange(read_done_, nullptr);
  core_.begin_turn();
  if (!error) return done(size);
  if (error == asio::error::eof) return done(std::size_t{0});
  done(std::unexpected(error_of("read from", error)));
}

void Connection::write(const std::vector<Bytes>& pieces, WriteDone done) {
  check(!write_done_, "one write at a time");
  write_done_ = std::move(done);
  pieces_.clear();
  piece_ = 0;
  for (const Bytes piece : pieces) {
    if (!piece.empty()) pieces_.emplace_back(piece.data(), piece.size());
  }
  write_some();
}

void Connection::write_some() {
  const Pieces rest{pieces_.data() + piece_, pieces_.data() + pieces_.size()};
  socket_.async_write_some(
      rest, [self = Pointer(this)](const SystemCode& error, std::size_t size) { self->finish_write(error, size); });
}

void Connection::finish_write(const SystemCode& error, std::size_t size) {
  if (!write_done_) return;
  if (!error) {
    while (piece_ < pieces_.size() && size >= pieces_[piece_].size()) size -= pieces_[piece_++].size();
    if (piece_ < pieces_.size()) {
      pieces_[piece_] += size;
      return write_some();
    }
  }
  auto done = std::exchange(write_done_, nullptr);
  core_.begin_turn();
  if (!error) return done({});
  done(std::unexpected(error_of("write to", error)));
}

Error Connection::error_of(const char* operation, const SystemCode& error) const {
  // Closing cancels what is under way; later operations meet a closed descriptor.
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
    return Error{ErrorCode::io, fmt::format("{} {}: the connection is closed", operation, peer_)};
  }
  return system_error(operation, peer_, error.value());
}

void Connection::close() {
  if (std::exchange(counted_, false)) core_.count_socket(-1);
  SystemCode ignored;
  socket_.close(ignored);
}

void Connection::abandon() {
  close();
  // What a callback owns may be what called us, so it is destroyed in a turn of its own.
  if (!read_done_ && !write_done_) return;
  core_.post([read = std::exchange(read_done_, nullptr), write = std::exchange(write_done_, nullptr)] {});
}

void Connection::give_up(std::vector<Callback<void()>>& unrun) {
  if (!read_done_ && !write_done_) return;
  unrun.emplace_back([read = std::exchange(read_done_, nullptr), write = std::exchange(write_done_, nullptr)] {});
}

class RealSocket final : public Socket {
 public:
  explicit RealSocket(Connection::Pointer connection) : connection_(std::move(connection)) {}
  ~RealSocket() override { connection_->abandon(); }
  void read(MutableBytes into, ReadDone done) override { connection_->read(into, std::move(done)); }
  void write(std::vector<Bytes> pieces, WriteDone done) override { connection_->write(pieces, std::move(done)); }
  void end_writing() override { connection_->end_writing(); }
  void close() override { connection_->close(); }
  const std::string& peer() const override { return connection_->peer(); }

 private:
  const Connection::Pointer connection_;
};

// What a listener, its wait for connections and the connections on their way to a core share.
class Accepting : public std::enable_shared_from_this<Accepting> {
 public:
  Accepting(std::vector<std::unique_ptr<RealCore>>& cores, Accepted accepted)
      : cores_(cores), home_(*cores.front()), acceptor_(home_.io()), accepted_(std::move(accepted)) {}

  Result<void> open(const std::string& text);
  void wait();
  void close();
  std::uint16_t port() const { return port_; }

 private:
  void accept_ready();
  void pause(int reason);
  void hand_over(UniqueFd fd, const SocketAddress& peer);
  void welcome(RealCore& core, UniqueFd fd, const SocketAddress& peer);

  std::vector<std::unique_ptr<RealCore>>& cores_;
  RealCore& home_;
  tcp::acceptor acceptor_;
  Accepted accepted_;
  std::string address_;
  std::uint16_t port_ = 0;
  TimerId pause_timer_{};
  std::atomic<bool> closed_ = false;
};

Result<void> Accepting::open(const std::string& text) {
  address_ = text;
  auto address = parse_address(text);
  if (!address) return pass(address);
  const auto failed = [&] { return system_failure("listen on", text, errno); };
  const int family = address->storage.ss_family;
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed();
  const int on = 1;
  // A restarted server takes its port again while old connections linger in TIME_WAIT.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failed();
  if (family == AF_INET6 && ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) return failed();
  if (::bind(fd.get(), address->raw(), address->size) != 0) return failed();
  if (::listen(fd.get(), backlog_max) != 0) return failed();
  SocketAddress bound{.size = sizeof(sockaddr_storage)};
  if (::getsockname(fd.get(), bound.raw(), &bound.size) != 0) return failed();
  port_ = port_of(bound);
  SystemCode error;
  acceptor_.assign(family == AF_INET6 ? tcp::v6() : tcp::v4(), fd.get(), error);
  if (error) return system_failure("listen on", text, error.value());
  fd.release();
  return {};
}

void Accepting::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const SystemCode& error) {
    if (error || self->closed_) return;
    self->home_.begin_turn();
    self->accept_ready();
  });
}

void Accepting::accept_ready() {
  for (int i = 0; i < accepted_per_turn_max && !closed_; ++i) {
    SocketAddress peer{.size = sizeof(sockaddr_storage)};
    UniqueFd fd(::accept4(acceptor_.native_handle(), peer.raw(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd) {
      hand_over(std::move(fd), peer);
      continue;
    }
    if (errno == EAGAIN) break;
    // Out of descriptors or memory; anything else concerns one connection, which is gone, and the next may be well.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause(errno);
  }
  if (!closed_) wait();
}

void Accepting::pause(int reason) {
  logging::warn("{}; accepting again in {} ms", system_error("accept on", address_, reason).message,
                accept_pause.count());
  pause_timer_ = home_.after(accept_pause, [self = shared_from_this()] { self->accept_ready(); });
}

void Accepting::hand_over(UniqueFd fd, const SocketAddress& peer) {
  const auto least = std::min_element(cores_.begin(), cores_.end(), [](const auto& one, const auto& other) {
    return one->open_sockets() < other->open_sockets();
  });
  RealCore& core = **least;
  core.count_socket(+1);
  if (&core == &home_) return welcome(core, std::move(fd), peer);
  core.post([self = shared_from_this(), &core, fd = std::move(fd), peer]() mutable {
    self->welcome(core, std::move(fd), peer);
  });
}

void Accepting::welcome(RealCore& core, UniqueFd fd, const SocketAddress& peer) {
  if (closed_) return core.count_socket(-1);
  const int on = 1;
  // Replies leave at once. The connection may be gone already; then its first read says so.
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  const tcp protocol = peer.storage.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
  Connection::Pointer connection(new Connection(core, protocol, std::move(fd), text_of(peer)));
  accepted_(core, std::make_unique<RealSocket>(std::move(connection)));
}

void Accepting::close() {
  closed_ = true;
  home_.cancel(pause_timer_);
  SystemCode ignored;
  acceptor_.close(ignored);
}

class RealListener final : public Listener {
 public:
  explicit RealListener(std::shared_ptr<Accepting> accepting) : accepting_(std::move(accepting)) {}
  ~RealListener() override { accepting_->close(); }
  std::uint16_t port() const override { return accepting_->port(); }

 private:
  const std::shared_ptr<Accepting> accepting_;
};

using ConnectDone = Callback<void(Result<std::unique_ptr<Socket>>)>;

// A connection on its way: looking up the name, then trying its addresses one after another.
class Connecting final : public Holder, public std::enable_shared_from_this<Connecting> {
 public:
  Connecting(RealCore& core, std::string address, ConnectDone done)
      : Holder(core.holders()),
        core_(core),
        address_(std::move(address)),
        done_(std::move(done)),
        resolver_(core.io()),
        socket_(core.io()) {}

  void start(const std::string& host, const std::string& port) {
    resolver_.async_resolve(host, port, [self = shared_from_this()](const SystemCode& error, const auto& found) {
      if (error) return self->finish(error);
      asio::async_connect(self->socket_, found,
                          [self](const SystemCode& failed, const tcp::endpoint&) { self->finish(failed); });
    });
  }
  void give_up(std::vector<Callback<void()>>& unrun) override {
    if (done_) unrun.emplace_back([done = std::exchange(done_, nullptr)] {});
  }

 private:
  void finish(const SystemCode& error) {
    if (!done_) return;
    auto done = std::exchange(done_, nullptr);
    core_.begin_turn();
    if (error) return done(fail(ErrorCode::io, fmt::format("connect to {}: {}", address_, error.message())));
    SystemCode ignored;
    // What is written leaves at once.
    socket_.set_option(tcp::no_delay(true), ignored);
    const auto endpoint = socket_.remote_endpoint(ignored);
    SocketAddress peer{.size = static_cast<socklen_t>(endpoint.size())};
    std::memcpy(&peer.storage, endpoint.data(), endpoint.size());
    core_.count_socket(+1);
    Connection::Pointer connection(new Connection(core_, std::move(socket_), text_of(peer)));
    done(std::make_unique<RealSocket>(std::move(connection)));
  }

  RealCore& core_;
  const std::string address_;
  ConnectDone done_;
  tcp::resolver resolver_;
  tcp::socket socket_;
};

struct HostAndPort {
  std::string host, port;
};

std::optional<HostAndPort> split_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAndPort result{address.substr(0, colon), address.substr(colon + 1)};
  const bool bracketed = result.host.size() > 2 && result.host.front() == '[' && result.host.back() == ']';
  if (bracketed) result.host = result.host.substr(1, result.host.size() - 2);
  const bool one_host = bracketed || result.host.find(':') == std::string::npos;
  const bool number = !result.port.empty() && result.port.size() <= 5 &&
                      result.port.find_first_not_of("0123456789") == std::string::npos &&
                      std::stoi(result.port) <= 65535;
  return !result.host.empty() && one_host && number ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace

void RealNet::connect(Core& core, const std::string& address, ConnectDone done) {
  auto parts = split_address(address);
  if (!parts) {
    return core.post([address, done = std::move(done)]() mutable {
      done(fail(ErrorCode::invalid, fmt::format("address '{}': needed is HOST:PORT", address)));
    });
  }
  // Every core of this net is a real one.
  auto& own = static_cast<RealCore&>(core);
  std::make_shared<Connecting>(own, address, std::move(done))->start(parts->host, parts->port);
}

Result<std::unique_ptr<Listener>> RealNet::listen(const std::string& address, Accepted accepted) {
  auto accepting = std::make_shared<Accepting>(cores_, std::move(accepted));
  if (auto ok = accepting->open(address); !ok) return pass(ok);
  accepting->wait();
  return std::make_unique<RealListener>(std::move(accepting));
}

}  // namespace millrace::env
