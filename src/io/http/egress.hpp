// The egress guard: which hosts this process may connect to. Only hosts named in the configuration pass; the address
// a name resolves to is checked at connect time, so that a name cannot be re-pointed at a metadata service or an
// internal address that was not allowed by literal configuration.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::http {

struct EgressRule {
  std::string host;              // exact host name or literal address, as configured
  std::uint16_t port = 0;
  bool allow_private = false;    // may resolve to loopback, private or link-local addresses
};

/// Thread-safe; rules are swapped as one snapshot.
class EgressGuard {
 public:
  EgressGuard();
  ~EgressGuard();
  void replace_rules(std::vector<EgressRule> rules);
  /// Forbidden, naming the host and the rule that is missing.
  [[nodiscard]] Result<void> check_host(std::string_view host, std::uint16_t port) const;
  /// `address` is what `host` resolved to, in text form.
  [[nodiscard]] Result<void> check_address(std::string_view host, std::uint16_t port, std::string_view address) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::io::http
