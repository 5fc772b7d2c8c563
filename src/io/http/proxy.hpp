// Forward proxies: which one a connection takes, from a provider's own setting or from the environment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::http {

/// An HTTP proxy reached in plain text; TLS to the target runs through its tunnel.
struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // of Proxy-Authorization: "Basic …", or empty

  /// "http://host:port", without credentials: for errors.
  [[nodiscard]] std::string name() const;
  /// `url` as "http://proxy.example.com:3128", port 3128 when left out; user and password in it, percent-encoded, or
  /// beside it. InvalidConfig for other schemes (https, socks5), paths and credentials that no header can hold; the
  /// message never holds the URL's credentials.
  [[nodiscard]] static Result<Proxy> parse(std::string_view url, std::string_view username = {},
                                           std::string_view password = {});
  bool operator==(const Proxy&) const = default;
};

/// What HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.
class ProxyRules {
 public:
  ProxyRules() = default;
  /// `variable` gives the value of an environment variable, or nullptr. The names are read in lower case first, as curl
  /// does. InvalidConfig names the variable.
  [[nodiscard]] static Result<ProxyRules> parse(const std::function<const char*(const char*)>& variable);
  /// The proxy for a target, or nullptr for a direct connection. Loopback is always direct. NO_PROXY holds names with
  /// their subdomains ("example.com", ".example.com", "*.example.com"), addresses, networks ("10.0.0.0/8"), each with
  /// an optional ":port", or "*".
  [[nodiscard]] const Proxy* find(bool is_tls, std::string_view host, std::uint16_t port) const;

 private:
  struct Exception {
    std::string host;        // a name without leading dot, or the address of a network
    int prefix_bits = -1;    // of a network
    std::uint16_t port = 0;  // 0: any
  };
  [[nodiscard]] bool is_direct(std::string_view host, std::uint16_t port) const;
  void add_exception(std::string_view text);

  std::optional<Proxy> http_, https_;
  std::vector<Exception> exceptions_;
  bool is_all_direct_ = false;
};

}  // namespace millwright::io::http
