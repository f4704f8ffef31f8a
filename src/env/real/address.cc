#include "env/real/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace millrace::env {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

SocketAddress from_v4(const in_addr& host, std::uint16_t port) {
  const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};
  SocketAddress result{.size = sizeof address};
  std::memcpy(&result.storage, &address, sizeof address);
  return result;
}

SocketAddress from_v6(const in6_addr& host, std::uint16_t port) {
  const sockaddr_in6 address{.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = host};
  SocketAddress result{.size = sizeof address};
  std::memcpy(&result.storage, &address, sizeof address);
  return result;
}

}  // namespace

Result<SocketAddress> parse_address(const std::string& text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid,
                fmt::format("address '{}': allowed are IPV4:PORT, [IPV6]:PORT and localhost:PORT, with a port from 0 "
                            "(the system chooses) to 65535",
                            text));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return refuse();
  std::string host = text.substr(0, colon);
  const auto port = parse_port(std::string_view(text).substr(colon + 1));
  if (!port) return refuse();
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr six{};
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &six) != 1) return refuse();
    return from_v6(six, *port);
  }
  if (host == "localhost") host = "127.0.0.1";
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) != 1) return refuse();
  return from_v4(four, *port);
}

std::string text_of(const SocketAddress& address) {
  char host[INET6_ADDRSTRLEN] = "?";
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &address.storage, sizeof six);
    ::inet_ntop(AF_INET6, &six.sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, ntohs(six.sin6_port));
  }
  sockaddr_in four;
  std::memcpy(&four, &address.storage, sizeof four);
  ::inet_ntop(AF_INET, &four.sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, ntohs(four.sin_port));
}

std::uint16_t port_of(const SocketAddress& address) {
  // The port stands at the same place in both kinds of address.
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  sockaddr_in four;
  std::memcpy(&four, &address.storage, sizeof four);
  return ntohs(four.sin_port);
}

}  // namespace millrace::env
