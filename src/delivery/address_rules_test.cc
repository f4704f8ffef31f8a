#include "delivery/address_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::delivery {
namespace {

bool allowed(std::string_view deny, std::string_view allow, std::string_view address) {
  const auto rules = AddressRules::parse(deny, allow);
  EXPECT_TRUE(rules) << rules.error().message;
  const auto parsed = IpAddress::parse(address);
  EXPECT_TRUE(parsed) << address;
  return rules->allows(*parsed);
}

TEST(AddressRules, Table) {
  struct Row {
    std::string_view deny, allow, address;
    bool allowed;
  };
  constexpr Row rows[] = {
      {"", "", "127.0.0.1", true},
      {"", "", "169.254.169.254", true},
      // The default.
      {"metadata", "", "169.254.169.254", false},
      {"metadata", "", "fe80::1", false},
      {"metadata", "", "fe80::1%eth0", false},
      {"metadata", "", "fd00:ec2::254", false},
      {"metadata", "", "::ffff:169.254.169.254", false},
      {"metadata", "", "127.0.0.1", true},
      {"metadata", "", "10.0.0.1", true},
      {"loopback", "", "127.1.2.3", false},
      {"loopback", "", "::1", false},
      {"loopback", "", "128.0.0.1", true},
      // Everything that is not on the Internet, in all of its spellings.
      {"private", "", "0.0.0.0", false},
      {"private", "", "10.255.255.255", false},
      {"private", "", "11.0.0.0", true},
      {"private", "", "100.64.0.1", false},
      {"private", "", "100.128.0.0", true},
      {"private", "", "127.0.0.1", false},
      {"private", "", "169.254.169.254", false},
      {"private", "", "172.15.255.255", true},
      {"private", "", "172.16.0.0", false},
      {"private", "", "172.31.255.255", false},
      {"private", "", "172.32.0.0", true},
      {"private", "", "192.168.1.1", false},
      {"private", "", "192.169.0.0", true},
      {"private", "", "224.0.0.1", false},
      {"private", "", "255.255.255.255", false},
      {"private", "", "8.8.8.8", true},
      {"private", "", "::", false},
      {"private", "", "::1", false},
      {"private", "", "::127.0.0.1", false},
      {"private", "", "::ffff:10.0.0.1", false},
      {"private", "", "::ffff:7f00:1", false},
      {"private", "", "::ffff:8.8.8.8", true},
      {"private", "", "64:ff9b::10.0.0.1", false},
      {"private", "", "64:ff9b::808:808", true},
      {"private", "", "64:ff9b:1::1", false},
      {"private", "", "2002:a00:1::", false},
      {"private", "", "2002:808:808::1", true},
      {"private", "", "fc00::1", false},
      {"private", "", "fdff:ffff::1", false},
      {"private", "", "fe00::1", true},
      {"private", "", "febf::1", false},
      {"private", "", "ff02::1", false},
      {"private", "", "2606:4700::1111", true},
      // Exceptions, and lists.
      {"private", "10.1.0.0/16", "10.1.2.3", true},
      {"private", "10.1.0.0/16", "10.2.2.3", false},
      {"private", "10.1.2.3", "10.1.2.3", true},
      {"private", "10.1.2.3", "::ffff:10.1.2.3", true},
      {"all", "192.0.2.0/24, 2001:db8::/32", "192.0.2.9", true},
      {"all", "192.0.2.0/24, 2001:db8::/32", "2001:db8:1::9", true},
      {"all", "192.0.2.0/24, 2001:db8::/32", "8.8.8.8", false},
      {"all", "", "2606:4700::1111", false},
      {" 8.8.8.0/25 ,9.9.9.9", "", "8.8.8.127", false},
      {" 8.8.8.0/25 ,9.9.9.9", "", "8.8.8.128", true},
      {" 8.8.8.0/25 ,9.9.9.9", "", "9.9.9.9", false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(allowed(row.deny, row.allow, row.address), row.allowed)
        << row.address << ", deny " << row.deny << ", allow " << row.allow;
  }
}

TEST(AddressRules, WhatIsNoNetworkIsRefused) {
  for (const std::string_view list :
       {"privat", "10.0.0.0/33", "10.0.0/8", "10.0.0.0.0", "010.0.0.1", "256.0.0.1", "10.0.0.0/", "::/129", "1::2::3",
        ":1", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "12345::", "1:", "10.0.0.0/8,,::1", "1:2:3:4:5:6:7::8"}) {
    EXPECT_FALSE(AddressRules::parse(list, "")) << list;
    EXPECT_FALSE(AddressRules::parse("", list)) << list;
  }
  EXPECT_EQ(AddressRules::parse("10.0.0.0/8, nowhere", "").error().message.substr(0, 9), "\"nowhere\"");
}

TEST(IpAddress, Spellings) {
  const auto bytes = [](std::string_view text) { return IpAddress::parse(text)->bytes; };
  EXPECT_EQ(bytes("1:2:3:4:5:6:7:8"), bytes("1:2:3:4:5:6:0.7.0.8"));
  EXPECT_EQ(bytes("1::8"), bytes("1:0:0:0:0:0:0:8"));
  EXPECT_EQ(bytes("::"), (std::array<std::uint8_t, 16>{}));
  EXPECT_EQ(bytes("ABCD::"), bytes("abcd:0:0:0::"));
  EXPECT_EQ(bytes("::ffff:1.2.3.4"), bytes("::ffff:102:304"));
}

}  // namespace
}  // namespace millrace::delivery
