// Server: HTTP/1.1 and HTTP/2 for a handler, on all cores, with TLS or without.
//
// Each connection lives on the core that Net gives it; the handler is called on that core, for one request of an HTTP/1.1
// connection at a time and for many of an HTTP/2 connection, and may answer at once or later. Malformed requests, those
// beyond a limit and slow clients are answered by the server itself. Members are called on the first core, except where
// they say otherwise.
//
// The Server is destroyed after drain() is done or after the cores have stopped, and before Net and the cores are.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/callback.h"
#include "base/result.h"
#include "base/time.h"
#include "env/core.h"
#include "env/net.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/responder.h"
#include "http/tls_context.h"

namespace millrace::http {

// Called on the connection's core; several cores call it at the same time. The Request lives until it is answered.
using Handler = Callback<void(env::Core&, Request&, Responder)>;

struct Options {
  Limits limits;
};

class Server {
 public:
  // `cores` are those that Net hands connections to; the first is the one that this Server is used from.
  Server(env::Net& net, std::vector<env::Core*> cores, Options options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens on one more address, with TLS if there is a context for it; returns the port. Fails as Net::listen does.
  Result<std::uint16_t> listen(const std::string& address, std::shared_ptr<const TlsContext> tls = nullptr);
  // Stops listening on all addresses. Open connections go on.
  void stop_accepting();
  // Stops accepting, closes idle connections at once and each other one after the answers to the requests that it has
  // sent already. What is still open after `deadline` is cut off (Responder::on_gone runs). Then runs `done` on the
  // first core. Called at most once.
  void drain(Duration deadline, Callback<void()> done);

  // Connections open now, on all cores. From any thread.
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
