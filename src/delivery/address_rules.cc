#include "delivery/address_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

namespace millrace::delivery {
namespace {

constexpr std::string_view metadata[] = {
    "169.254.0.0/16",      // link-local, where most clouds serve metadata
    "fe80::/10",           // the same of IPv6
    "fd00:ec2::/32",       // AWS over IPv6
    "100.100.100.200/32",  // Alibaba
};
constexpr std::string_view loopback[] = {"127.0.0.0/8", "::1/128"};
// The special-purpose registries of IANA (RFC 6890), but for what is globally reachable.
constexpr std::string_view not_public[] = {
    "0.0.0.0/8",        // this network; connecting to 0.0.0.0 reaches this machine
    "10.0.0.0/8",       // RFC 1918
    "100.64.0.0/10",    // carriers' translation, RFC 6598
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local
    "172.16.0.0/12",    // RFC 1918
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.168.0.0/16",   // RFC 1918
    "198.18.0.0/15",    // benchmarks
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
    "::/96",            // unspecified, loopback, and the old form of embedded IPv4
    "64:ff9b:1::/48",   // local translation
    "100::/64",         // discard
    "2001::/32",        // Teredo
    "2001:db8::/32",    // documentation
    "fc00::/7",         // unique local
    "fe80::/10",        // link-local
    "fec0::/10",        // site-local
    "ff00::/8",         // multicast
};
constexpr std::string_view everything[] = {"0.0.0.0/0", "::/0"};

struct Preset {
  std::string_view name;
  std::span<const std::string_view> networks;
};
constexpr Preset presets[] = {
    {"metadata", metadata}, {"loopback", loopback}, {"private", not_public}, {"all", everything}};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

template <class Number>
bool read_number(std::string_view text, Number& into, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

bool parse_v4(std::string_view text, std::span<std::uint8_t> into) {
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = i == 3 ? text.size() : text.find('.');
    if (dot == std::string_view::npos) return false;
    const auto part = text.substr(0, dot);
    if (part.size() > 1 && part.front() == '0') return false;  // octal for some, decimal for others
    if (!read_number(part, into[i])) return false;
    text.remove_prefix(std::min(text.size(), dot + 1));
  }
  return true;
}

// Reads groups of an IPv6 address to the end of `text`; returns how many bytes they are.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint8_t> into) {
  std::size_t size = 0;
  while (!text.empty()) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto part = text.substr(0, colon);
    if (colon == text.size() && part.contains('.')) {
      if (size + 4 > into.size() || !parse_v4(part, into.subspan(size, 4))) return std::nullopt;
      return size + 4;
    }
    std::uint16_t group = 0;
    if (size + 2 > into.size() || part.size() > 4 || !read_number(part, group, 16)) return std::nullopt;
    into[size++] = static_cast<std::uint8_t>(group >> 8);
    into[size++] = static_cast<std::uint8_t>(group);
    if (colon == text.size()) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // ends with one colon
  }
  return size;
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, 16>& into) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return parse_groups(text, into) == into.size();
  std::array<std::uint8_t, 16> tail{};
  const auto before = parse_groups(text.substr(0, gap), into);
  const auto after = parse_groups(text.substr(gap + 2), tail);
  if (!before || !after || *before + *after > into.size() - 2) return false;
  std::fill(into.begin() + static_cast<std::ptrdiff_t>(*before), into.end(), std::uint8_t{0});
  std::copy_n(tail.begin(), *after, into.end() - static_cast<std::ptrdiff_t>(*after));
  return true;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  text = text.substr(0, text.find('%'));
  IpAddress address;
  address.v6 = text.contains(':');
  const bool ok = address.v6 ? parse_v6(text, address.bytes) : parse_v4(text, address.bytes);
  return ok ? std::optional(address) : std::nullopt;
}

IpAddress IpAddress::effective() const {
  if (!v6) return *this;
  struct Embedding {
    std::string_view prefix;
    std::size_t offset;
  };
  using namespace std::string_view_literals;
  static constexpr Embedding embeddings[] = {
      {"\0\0\0\0\0\0\0\0\0\0\xff\xff"sv, 12},    // ::ffff:0:0/96, mapped
      {"\0\0\0\0\0\0\0\0\xff\xff\0\0"sv, 12},    // ::ffff:0:0:0/96, translated
      {"\0\x64\xff\x9b\0\0\0\0\0\0\0\0"sv, 12},  // 64:ff9b::/96, NAT64
      {"\x20\x02"sv, 2},                         // 2002::/16, 6to4
  };
  for (const auto& [prefix, offset] : embeddings) {
    const bool matches = std::ranges::equal(prefix, std::span(bytes).first(prefix.size()), {},
                                            [](char c) { return static_cast<std::uint8_t>(c); });
    if (!matches) continue;
    IpAddress embedded;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), 4, embedded.bytes.begin());
    return embedded;
  }
  return *this;
}

bool AddressRules::Network::contains(const IpAddress& other) const {
  if (other.v6 != address.v6) return false;
  for (unsigned bit = 0; bit < bits; bit += 8) {
    const unsigned compared = std::min(8u, bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - compared));
    if (((address.bytes[bit / 8] ^ other.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<AddressRules::Network> AddressRules::parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned bits_max = address->v6 ? 128 : 32;
  Network network{*address, bits_max};
  if (slash != std::string_view::npos && !read_number(text.substr(slash + 1), network.bits)) return std::nullopt;
  if (network.bits > bits_max) return std::nullopt;
  return network;
}

Result<std::vector<AddressRules::Network>> AddressRules::parse_list(std::string_view list) {
  std::vector<Network> networks;
  while (!trim(list).empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const auto entry = trim(list.substr(0, comma));
    list.remove_prefix(std::min(list.size(), comma + 1));
    if (const auto preset = std::ranges::find(presets, entry, &Preset::name); preset != std::end(presets)) {
      for (const auto text : preset->networks) networks.push_back(*parse_network(text));
    } else if (const auto network = parse_network(entry)) {
      networks.push_back(*network);
    } else {
      return fail(ErrorCode::invalid,
                  fmt::format("\"{}\" is neither a network such as 10.0.0.0/8 or fd00::/8 nor one of "
                              "metadata, loopback, private and all",
                              entry));
    }
  }
  return networks;
}

Result<AddressRules> AddressRules::parse(std::string_view deny, std::string_view allow) {
  auto denied = parse_list(deny);
  if (!denied) return pass(denied);
  auto allowed = parse_list(allow);
  if (!allowed) return pass(allowed);
  AddressRules rules;
  rules.deny_ = std::move(*denied);
  rules.allow_ = std::move(*allowed);
  return rules;
}

bool AddressRules::any_contains(const std::vector<Network>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

bool AddressRules::allows(const IpAddress& address) const {
  const auto effective = address.effective();
  if (any_contains(deny_, effective)) return any_contains(allow_, effective);
  return true;
}

}  // namespace millrace::delivery
