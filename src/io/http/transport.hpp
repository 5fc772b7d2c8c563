// How an origin is reached besides its address: a proxy of its own, the authorities it is trusted by, the certificate
// that is shown to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "io/http/proxy.hpp"
#include "io/http/tls.hpp"

namespace millwright::io::http {

enum class ProxyUse : std::uint8_t { Environment, Direct, Own };

struct TransportOptions {
  ProxyUse proxy_use = ProxyUse::Environment;
  std::optional<Proxy> proxy;            // for ProxyUse::Own
  std::string ca_pem;                    // replaces the system's authorities; empty: those
  std::string certificate_pem, key_pem;  // for mutual TLS; both or neither
};

/// Immutable; shared by all connections to its origin.
class Transport {
 public:
  /// InvalidConfig when a certificate or key cannot be read, or they do not belong together.
  [[nodiscard]] static Result<std::shared_ptr<const Transport>> make(TransportOptions options);
  [[nodiscard]] ProxyUse proxy_use() const { return options_.proxy_use; }
  [[nodiscard]] const std::optional<Proxy>& proxy() const { return options_.proxy; }
  /// Absent: the client's own.
  [[nodiscard]] SSL_CTX* tls() const { return tls_.get(); }
  /// Never used twice in a process: connections of one transport serve no other.
  [[nodiscard]] std::uint64_t id() const { return id_; }

 private:
  Transport() = default;
  TransportOptions options_;
  TlsContext tls_;
  std::uint64_t id_ = 0;
};

}  // namespace millwright::io::http
