// Who passes the same traffic to the same mock: the limits and the peer that the gateway is measured by, and the gateway.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/support/gateway_setup.hpp"

namespace millwright::bench {

/// One of those a request can be sent through.
struct Peer {
  std::string name;                    // "direct", "haproxy", "nginx", "millwright", "portkey"
  std::uint16_t port = 0;
  std::string headers;                 // that every request through it needs
  const Process* process = nullptr;    // whose CPU counts; nothing for "direct"
  std::int64_t divisor = 1;            // it gets this many times fewer requests: the slow one would take minutes
};

/// All peers in front of one setup's provider. Portkey (npm @portkey-ai/gateway, fetched by `tools/setup bench`) is left
/// out when it is not installed, or not wanted.
class PeerSet {
 public:
  explicit PeerSet(const GatewaySetup& setup, bool has_portkey = true);
  [[nodiscard]] const std::vector<Peer>& peers() const { return peers_; }
  [[nodiscard]] const Peer* find(const std::string& name) const;

 private:
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Peer> peers_;
};

}  // namespace millwright::bench
