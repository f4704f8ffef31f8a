#include "http/server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/server_core.h"
#include "http/tls_socket.h"

namespace millrace::http {
namespace {

using Cores = std::vector<std::shared_ptr<ServerCore>>;

// What is left to do of a drain(); used on the first core.
struct Drain {
  env::Core& first;
  std::size_t cores_left;
  env::TimerId deadline;
  Callback<void()> done;

  void core_is_empty() {
    if (--cores_left > 0) return;
    first.cancel(deadline);
    std::exchange(done, nullptr)();
  }
};

}  // namespace

struct Server::Impl {
  env::Net& net;
  std::shared_ptr<Shared> shared;
  std::shared_ptr<Cores> cores;
  std::vector<std::unique_ptr<env::Listener>> listeners;
  bool draining = false;
};

Server::Server(env::Net& net, std::vector<env::Core*> cores, Options options, Handler handler) {
  check(!cores.empty());
  auto shared = std::make_shared<Shared>();
  shared->options = options;
  shared->handler = std::move(handler);
  auto parts = std::make_shared<Cores>();
  for (env::Core* core : cores) parts->push_back(std::make_shared<ServerCore>(*core, shared));
  impl_ = std::make_unique<Impl>(net, std::move(shared), std::move(parts));
}

Server::~Server() {
  stop_accepting();
  for (const auto& core : *impl_->cores) core->shut_down();
}

Result<std::uint16_t> Server::listen(const std::string& address, std::shared_ptr<const TlsContext> tls) {
  auto accepted = [cores = impl_->cores, tls = std::move(tls)](env::Core& core, std::unique_ptr<env::Socket> socket) {
    const auto found = std::ranges::find_if(*cores, [&core](const auto& part) { return &part->core() == &core; });
    check(found != cores->end(), "Net gives connections to the server's cores only");
    if (tls) socket = make_tls_socket(core, tls, std::move(socket), (*found)->limits().tls_handshake_timeout);
    (*found)->accept(std::move(socket), tls != nullptr);
  };
  auto listener = impl_->net.listen(address, std::move(accepted));
  if (!listener) return pass(listener);
  impl_->listeners.push_back(std::move(*listener));
  return impl_->listeners.back()->port();
}

void Server::stop_accepting() { impl_->listeners.clear(); }

void Server::drain(Duration deadline, Callback<void()> done) {
  check(!std::exchange(impl_->draining, true), "a server is drained once");
  stop_accepting();
  env::Core& first = impl_->cores->front()->core();
  auto drain = std::make_shared<Drain>(first, impl_->cores->size(), env::TimerId(), std::move(done));
  drain->deadline = first.after(deadline, [cores = impl_->cores] {
    for (const auto& core : *cores) {
      core->core().post([core] { core->cut_off(); });
    }
  });
  for (const auto& core : *impl_->cores) {
    core->core().post(
        [core, drain] { core->drain([drain] { drain->first.post([drain] { drain->core_is_empty(); }); }); });
  }
}

std::size_t Server::connections() const { return impl_->shared->open.load(); }

}  // namespace millrace::http
