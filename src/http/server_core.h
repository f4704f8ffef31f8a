// ServerCore: the part of a Server that lives on one core: its connections, their common timer, their spare buffers.
//
// Used on its core only. Shared ownership, since tasks posted to the core may outlive the Server.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "env/core.h"
#include "env/net.h"
#include "http/exchange.h"
#include "http/limits.h"
#include "http/server.h"

namespace millrace::http {

class OpenConnection;

// What the cores of a server have in common.
struct Shared {
  Options options;
  Handler handler;
  std::atomic<std::size_t> open = 0;     // connections, without the refused ones
  std::atomic<std::size_t> refused = 0;  // being told 503
};

class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(env::Core& core, std::shared_ptr<Shared> shared);
  ~ServerCore();

  // `secure`: the socket is one end of TLS.
  void accept(std::unique_ptr<env::Socket> socket, bool secure);
  // Closes idle connections; the others close when they have answered. `emptied` runs, once, when none is left.
  void drain(Callback<void()> emptied);
  // Closes all connections at once.
  void cut_off();
  // The same, when the core does not run any more: nothing is posted to it, now or later.
  void shut_down();

  env::Core& core() { return core_; }
  const Limits& limits() const { return shared_->options.limits; }
  Handler& handler() { return shared_->handler; }
  bool draining() const { return draining_; }
  // Sweeps so far: the clock by which timeouts are counted, since reading it costs nothing.
  std::uint64_t sweeps() const { return sweeps_; }
  std::uint64_t in_sweeps(Duration timeout) const;
  // The Date field's value, made once a second.
  std::string_view date();

  std::unique_ptr<Exchange> take_exchange();
  void give_back(std::unique_ptr<Exchange> exchange);

  // Memory for large bodies: that of earlier ones. What is not used goes, one a sweep.
  std::string take_body();
  void give_back_body(std::string body);

  // Another connection takes the place of this one, which is left to be buried, and starts.
  void replace(OpenConnection& connection, std::unique_ptr<OpenConnection> by);
  // A connection tells that it is closed: it does not count any more.
  void closed(OpenConnection& connection);
  // Destroys a closed connection, though not now, since one of its members may be running.
  void bury(OpenConnection& connection);

 private:
  void arm_sweep();
  void sweep();

  env::Core& core_;
  std::shared_ptr<Shared> shared_;
  std::vector<OpenConnection*> connections_;  // the open ones; each knows its index
  std::vector<std::unique_ptr<OpenConnection>> buried_;
  std::vector<std::unique_ptr<Exchange>> spare_;
  std::size_t spare_bytes_ = 0;  // of their inboxes
  std::vector<std::string> bodies_;
  std::uint64_t sweeps_ = 0;
  env::TimerId sweep_timer_;
  bool draining_ = false;
  bool shut_down_ = false;
  Callback<void()> emptied_;
  std::string date_;
  std::int64_t date_second_ = -1;
};

}  // namespace millrace::http
