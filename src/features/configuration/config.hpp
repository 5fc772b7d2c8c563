// Settings of the process itself: the sections `server`, `store`, `blobs` and `counters`. All but the marked ones take
// effect at the next start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "store/database.hpp"

namespace millwright::configuration {

struct TlsSettings {
  std::string certificate;     // path of the PEM chain
  std::string key;             // path of the PEM key
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;   // 0: any free one
  store::Durability durability = store::Durability::Process;
  std::optional<TlsSettings> tls;
  int threads = 0;                              // 0: one a core
  std::uint64_t header_bytes_max = 64u << 10;
  std::uint64_t body_bytes_max = 32u << 20;
  std::int64_t connections_max = 10'000;
  std::int64_t requests_max = 4'096;            // in flight; beyond it 503 with Retry-After
  Duration queue_wait{200};                     // how long a request may wait for room before that
  Duration header_timeout{10'000};              // from the first byte to the end of the header
  Duration idle_timeout{75'000};                // of a kept connection
  Duration request_timeout{600'000};
  Duration shutdown_grace{30'000};              // for requests in flight when asked to stop
  Duration setup_link_ttl{1'800'000};
  Duration session_idle{3'600'000};
  Duration session_max{43'200'000};
  std::string public_url;                       // as users reach it; empty: http(s)://HOST:PORT
  std::string log_level = "info";
};

struct StoreSettings {
  std::string url = "sqlite:millwright.db";
  std::optional<SecretSource> password;         // of the database user; never in the URL
  std::int64_t readers_max = 8;
};

struct ProcessSettings {
  ServerSettings server;
  StoreSettings store;
  std::string blobs_url = "file:blobs";
  std::string counters_url;                     // empty: in memory
  std::optional<SecretSource> vault_key;        // absent: DATA/vault.key
};

/// `server`, `store`, `blobs`, `counters`, `vault`.
[[nodiscard]] std::vector<config::Section> sections();
/// `tree` must have been validated.
[[nodiscard]] Result<ProcessSettings> parse_settings(const config::Node& tree);

}  // namespace millwright::configuration
