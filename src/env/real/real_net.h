// RealNet: TCP listeners and sockets of the real machine. The contract is env/net.h.
//
// A listener accepts on core 0 and gives each descriptor to the core with the fewest open sockets, where the socket
// joins that core's event loop. With SO_REUSEPORT the kernel would spread connections by hash, unevenly.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "env/net.h"
#include "env/real/real_core.h"

namespace millrace::env {

class RealNet final : public Net {
 public:
  explicit RealNet(std::vector<std::unique_ptr<RealCore>>& cores) : cores_(cores) {}
  Result<std::unique_ptr<Listener>> listen(const std::string& address, Accepted accepted) override;
  void connect(Core& core, const std::string& address, Callback<void(Result<std::unique_ptr<Socket>>)> done) override;

 private:
  std::vector<std::unique_ptr<RealCore>>& cores_;
};

}  // namespace millrace::env
