#include "io/http/egress.hpp"

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

EgressGuard& with_rules(EgressGuard& guard) {
  guard.replace_rules({{"API.example.com", 443, false},
                       {"intranet.example.com", 80, true},
                       {"10.1.2.3", 8080, false},
                       {"localhost", 9000, false},
                       {"169.254.169.254", 80, false},
                       {"fe80::1", 80, true}});
  return guard;
}

TEST(EgressGuard, OnlyConfiguredHostsAndPortsPass) {
  EgressGuard guard;
  EXPECT_FALSE(guard.check_host("api.example.com", 443)) << "without rules nothing is reached";
  with_rules(guard);
  EXPECT_TRUE(guard.check_host("api.example.com", 443));
  EXPECT_FALSE(guard.check_host("api.example.com", 80));
  const auto refused = guard.check_host("evil.example.com", 443);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Forbidden);
  EXPECT_EQ(refused.error().rule, "egress");
  EXPECT_NE(refused.error().message.find("evil.example.com:443"), std::string::npos);
}

TEST(EgressGuard, ANameMayNotLeadInside) {
  EgressGuard guard;
  with_rules(guard);
  const char* refused[] = {"127.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1",
                           "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::",
                           "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "::127.0.0.1",
                           "100.100.100.200", "198.18.0.1", "not an address", ""};
  for (const char* address : refused) {
    const auto outcome = guard.check_address("api.example.com", 443, address);
    ASSERT_FALSE(outcome) << address;
    EXPECT_EQ(outcome.error().code, ErrorCode::Forbidden) << address;
  }
  for (const char* address : {"93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(guard.check_address("api.example.com", 443, address)) << address;
  }
}

TEST(EgressGuard, PrivateAddressesNeedTheWordOfTheConfiguration) {
  EgressGuard guard;
  with_rules(guard);
  EXPECT_TRUE(guard.check_address("intranet.example.com", 80, "10.0.0.1"));
  EXPECT_TRUE(guard.check_address("intranet.example.com", 80, "fd00::1"));
  EXPECT_FALSE(guard.check_address("intranet.example.com", 80, "169.254.169.254")) << "never through a name";
  EXPECT_FALSE(guard.check_address("intranet.example.com", 80, "fd00:ec2::254")) << "never through a name";
  EXPECT_TRUE(guard.check_address("10.1.2.3", 8080, "10.1.2.3")) << "a literal says what is meant";
  EXPECT_FALSE(guard.check_address("10.1.2.3", 8080, "10.1.2.4"));
  EXPECT_TRUE(guard.check_address("localhost", 9000, "127.0.0.1"));
  EXPECT_TRUE(guard.check_address("localhost", 9000, "::1"));
  EXPECT_FALSE(guard.check_address("localhost", 9000, "10.0.0.1"));
  EXPECT_FALSE(guard.check_address("169.254.169.254", 80, "169.254.169.254")) << "needs allow_private as well";
}

TEST(EgressGuard, RulesAreReplacedAsAWhole) {
  EgressGuard guard;
  with_rules(guard);
  guard.replace_rules({{"other.example.com", 443, false}});
  EXPECT_FALSE(guard.check_host("api.example.com", 443));
  EXPECT_FALSE(guard.check_address("api.example.com", 443, "93.184.216.34"));
  EXPECT_TRUE(guard.check_host("other.example.com", 443));
}

}  // namespace
}  // namespace millwright::io::http
