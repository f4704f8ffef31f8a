// FuzzServer: a server over a fake socket with one client, for fuzzers: what the client sends is cut anywhere.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "http/fake_net.h"
#include "http/server.h"

namespace millrace::http {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// Small limits, so that a fuzzer reaches them.
inline Options fuzz_options(std::size_t body_bytes_max) {
  Options options;
  options.limits.header_bytes_max = 2048;
  options.limits.target_bytes_max = 512;
  options.limits.header_count_max = 8;
  options.limits.body_bytes_max = body_bytes_max;
  return options;
}

class FuzzServer {
 public:
  template <class Answerer>
  FuzzServer(Options options, Answerer answerer)
      : server_(net_, {&core_}, std::move(options),
                [answerer = std::move(answerer)](env::Core&, Request& request, Responder responder) mutable {
                  require(!request.method.empty() && !request.path.empty());
                  answerer(request, std::move(responder));
                }) {
    require(server_.listen("127.0.0.1:0").has_value());
    peer_ = net_.connect();
  }

  FakeCore& core() { return core_; }
  bool closed() const { return peer_->closed; }
  std::string_view received() const { return peer_->received; }

  // Sends the next piece, of at most `size` bytes, and takes it from `bytes`.
  void send(std::string_view& bytes, std::size_t size) {
    size = std::min(size, bytes.size());
    peer_->send(bytes.substr(0, size));
    core_.run();
    bytes.remove_prefix(size);
  }
  void finish() {
    peer_->finish();
    core_.run();
  }
  // The connection whose client has gone is over.
  void require_end() const {
    require(peer_->closed);
    require(server_.connections() == 0);
  }

 private:
  FakeCore core_;
  FakeNet net_{{&core_}};
  Server server_;
  decltype(std::declval<FakeNet&>().connect()) peer_;
};

// The size of the next piece: one byte as often as every `single`th time, otherwise up to `most`.
inline std::size_t next_cut(std::uint64_t& seed, std::uint64_t single, std::size_t most) {
  seed = stable_hash("next", seed);
  return seed % single == 0 ? 1 : 1 + (seed >> 8) % most;
}

}  // namespace millrace::http
