// Addresses of sockets as text: "127.0.0.1:4566", "[::1]:4566", "localhost:4566".
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace millrace::env {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

// Names other than localhost (which is 127.0.0.1) are not looked up: a server's own address should not depend on a name
// service. The error says what is allowed.
Result<SocketAddress> parse_address(const std::string& text);
std::string text_of(const SocketAddress& address);
std::uint16_t port_of(const SocketAddress& address);

}  // namespace millrace::env
