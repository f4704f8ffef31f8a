// AddressRules: which addresses of the network other people's URLs may lead to, as the operator says.
//
// Whoever may subscribe an endpoint makes this server call it. The rules are checked on the address that a name was
// resolved to, at the moment of connecting, so that a name whose address changes cannot pass. IPv4 addresses that are
// written as IPv6 ones (mapped, 6to4, NAT64) are judged as what they stand for. Immutable, so that any thread may ask.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::delivery {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four

  // "192.0.2.1", "2001:db8::1"; a zone ("%eth0") is ignored.
  static std::optional<IpAddress> parse(std::string_view text);
  // IPv4 for what embeds it, otherwise the address itself.
  IpAddress effective() const;
};

class AddressRules {
 public:
  // What is denied when nothing is configured: the addresses where clouds hand out their machines' credentials.
  static constexpr std::string_view deny_default = "metadata";

  AddressRules() = default;  // allows everything
  // Lists of networks ("10.0.0.0/8", "2001:db8::/32", "192.0.2.1") and of the names `metadata`, `loopback`, `private`
  // (which contains both and everything else that is not on the public Internet) and `all`, with commas between them.
  // An address in `allow` is allowed, any other one in `deny` is not, the rest is allowed.
  static Result<AddressRules> parse(std::string_view deny, std::string_view allow);

  bool allows(const IpAddress& address) const;
  bool allow_everything() const { return deny_.empty(); }

 private:
  struct Network {
    IpAddress address;
    unsigned bits = 0;
    bool contains(const IpAddress& other) const;
  };
  static Result<std::vector<Network>> parse_list(std::string_view list);
  static std::optional<Network> parse_network(std::string_view text);
  static bool any_contains(const std::vector<Network>& networks, const IpAddress& address);

  std::vector<Network> deny_;
  std::vector<Network> allow_;
};

}  // namespace millrace::delivery
