#include "io/http/proxy.hpp"

#include <map>

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

Result<ProxyRules> rules(std::map<std::string, std::string> environment) {
  return ProxyRules::parse([&environment](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(Proxy, IsReadFromItsAddress) {
  const auto plain = Proxy::parse("http://Proxy.example.com:8080/");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->name(), "http://proxy.example.com:8080");
  EXPECT_TRUE(plain->authorization.empty());
  EXPECT_EQ(Proxy::parse("proxy.example.com")->port, 3128);
  EXPECT_EQ(Proxy::parse("http://[::1]:99")->name(), "http://[::1]:99");
  const auto signed_in = Proxy::parse("http://ada:p%40ss@proxy:1");
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->authorization, "Basic YWRhOnBAc3M=");
  EXPECT_EQ(signed_in->name(), "http://proxy:1") << "never with credentials";
  EXPECT_EQ(Proxy::parse("http://proxy:1", "ada", "p@ss")->authorization, "Basic YWRhOnBAc3M=");
}

TEST(Proxy, RefusesWhatItCannotUse) {
  for (const char* url : {"", "http://", "https://proxy:1", "socks5://proxy:1", "http://proxy:0", "http://proxy:70000",
                          "http://proxy/path", "http://proxy?x", "http://a b"}) {
    const auto proxy = Proxy::parse(url);
    ASSERT_FALSE(proxy) << url;
    EXPECT_EQ(proxy.error().code, ErrorCode::InvalidConfig);
  }
  const auto hidden = Proxy::parse("socks5://ada:secret@proxy:1");
  EXPECT_EQ(describe(hidden.error()).find("secret"), std::string::npos);
  EXPECT_FALSE(Proxy::parse("http://proxy:1", "ad\na", "x"));
  EXPECT_FALSE(Proxy::parse("http://proxy:1", "ad:a", "x"));
}

TEST(ProxyRules, ComeFromTheEnvironment) {
  const auto none = rules({});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->find(true, "api.example.com", 443), nullptr);
  const auto both = rules({{"HTTPS_PROXY", "http://secure:1"}, {"http_proxy", "http://plain:2"}});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->find(true, "api.example.com", 443)->host, "secure");
  EXPECT_EQ(both->find(false, "api.example.com", 80)->host, "plain");
  const auto all =
      rules({{"ALL_PROXY", "http://all:1"}, {"https_proxy", "http://lower:1"}, {"HTTPS_PROXY", "http://upper:1"}});
  EXPECT_EQ(all->find(true, "x", 443)->host, "lower");
  EXPECT_EQ(all->find(false, "x", 80)->host, "all");
  const auto wrong = rules({{"HTTPS_PROXY", "socks5://x:1"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().where.field, "HTTPS_PROXY");
}

TEST(ProxyRules, LeaveOutWhatNoProxyNames) {
  const auto made = rules({{"https_proxy", "http://p:1"},
                           {"NO_PROXY",
                            "example.com, .corp.lan,*.dev.lan internal:8443 10.0.0.0/8,192.168.1.7,2001:db8::/32,"
                            "[fd00::1]:444,10.9.0.0/33,/8"}});
  ASSERT_TRUE(made);
  struct Case {
    const char* host;
    std::uint16_t port;
    bool is_direct;
  };
  for (const auto& each :
       {Case{"example.com", 443, true}, Case{"api.example.com", 443, true}, Case{"myexample.com", 443, false},
        Case{"corp.lan", 443, true},    Case{"a.b.corp.lan", 443, true},    Case{"x.dev.lan", 1, true},
        Case{"internal", 8443, true},   Case{"internal", 443, false},       Case{"10.1.2.3", 443, true},
        Case{"11.1.2.3", 443, false},   Case{"192.168.1.7", 443, true},     Case{"192.168.1.8", 443, false},
        Case{"2001:db8::5", 443, true}, Case{"2001:db9::5", 443, false},    Case{"fd00::1", 444, true},
        Case{"fd00::1", 443, false},    Case{"localhost", 443, true},       Case{"127.0.0.1", 443, true},
        Case{"::1", 443, true},         Case{"api.openai.com", 443, false}}) {
    EXPECT_EQ(made->find(true, each.host, each.port) == nullptr, each.is_direct) << each.host << ":" << each.port;
  }
  EXPECT_EQ(rules({{"https_proxy", "http://p:1"}, {"no_proxy", "*"}})->find(true, "x.com", 443), nullptr);
}

}  // namespace
}  // namespace millwright::io::http
