#include "features/configuration/config.hpp"

#include <charconv>

namespace millwright::configuration {
namespace {

using config::Kind;
using config::choice;
using config::object;
using config::option;

config::Spec limits_spec() {
  return object("What one process takes on at most.", {
      {"header_bytes", option(Kind::Size, "Largest request header.").fallback("64KiB").between(4 << 10, 1 << 20).restart()},
      {"body_bytes", option(Kind::Size, "Largest request body.").fallback("32MiB").between(64 << 10, 1 << 30).restart()},
      {"connections", option(Kind::Integer, "Open connections; more wait to be accepted.")
                          .fallback("10000").between(16, 1'000'000).restart()},
      {"requests", option(Kind::Integer, "Requests in flight; more are answered 503 with Retry-After.")
                       .fallback("4096").between(1, 1'000'000).restart()},
      {"queue_wait", option(Kind::Duration, "How long a request may wait for room before that; those of priority background never wait.")
                         .fallback("200ms").between(0, 60'000).restart()},
      {"header_timeout", option(Kind::Duration, "From the first byte of a request to the end of its header.")
                             .fallback("10s").between(100, 600'000).restart()},
      {"idle_timeout", option(Kind::Duration, "How long a connection is kept without a request.")
                           .fallback("75s").between(100, 86'400'000).restart()},
      {"request_timeout", option(Kind::Duration, "How long one request may take.")
                              .fallback("10m").between(1'000, 86'400'000).restart()},
  });
}

config::Spec server_spec() {
  auto tls = object("Serve over TLS; both files are PEM.", {
      {"certificate", option(Kind::Text, "Path of the certificate chain.").required().between(1, 4096).restart()},
      {"key", option(Kind::Text, "Path of the private key, readable by the service alone.").required().between(1, 4096).restart()},
  });
  auto sessions = object("Sessions of people in the console.", {
      {"idle", option(Kind::Duration, "A session without a request for so long ends.").fallback("1h").between(60'000, 2'592'000'000).restart()},
      {"absolute", option(Kind::Duration, "Every session ends after so long.").fallback("12h").between(60'000, 2'592'000'000).restart()},
  });
  return object("The process: where it listens and what it takes on.", {
      {"listen", option(Kind::Text, "Address and port, as in 127.0.0.1:8080 or [::1]:8080; port 0 takes any free one.")
                     .fallback("127.0.0.1:8080").between(2, 300).restart()},
      {"public_url", option(Kind::Text, "How users reach the server, as in https://ai.example.com; for links.").restart()},
      {"durability", choice("What an answered request's records survive: a killed process, or a power cut too.",
                            {"process", "power"}).fallback("process").restart()},
      {"tls", std::move(tls.nullable())},
      {"threads", option(Kind::Integer, "Event loops; 0 is one a processor core.").fallback("0").between(0, 256).restart()},
      {"limits", limits_spec()},
      {"shutdown_grace", option(Kind::Duration, "How long requests in flight may still take when asked to stop.")
                             .fallback("30s").between(0, 3'600'000).restart()},
      {"setup_link_ttl", option(Kind::Duration, "How long the link that makes the first administrator works.")
                             .fallback("30m").between(60'000, 86'400'000).restart()},
      {"sessions", std::move(sessions)},
      {"log_level", choice("Least important log lines that are written.", {"debug", "info", "warning", "error"})
                        .fallback("info").restart()},
  });
}

config::Spec store_spec() {
  return object("Where state and ledger live.", {
      {"url", option(Kind::Text, "sqlite:FILE (relative to the data directory) or postgresql://USER@HOST/DATABASE.")
                  .fallback("sqlite:millwright.db").between(8, 2048).restart()},
      {"password", option(Kind::Secret, "Password of the database user.").restart()},
      {"readers", option(Kind::Integer, "Pooled connections for reading.").fallback("8").between(1, 256).restart()},
  });
}

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!is_bracketed && host.find(':') != std::string_view::npos)) return std::nullopt;
  Address address{std::string(host), 0};
  const auto [end, reason] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || reason != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return address;
}

/// "postgresql://user:password@host": a secret where none may stand.
bool has_password(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto authority = url.substr(scheme + 3, url.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  return (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos) ||
         url.find("password=") != std::string_view::npos;
}

Result<ServerSettings> parse_server(const config::Node& server) {
  ServerSettings settings;
  const auto address = parse_address(server["listen"].text());
  if (!address) {
    return std::unexpected(server["listen"].error(
        fmt::format("\"{}\" is not an address with a port", server["listen"].text()), "Write 127.0.0.1:8080 or [::1]:8080."));
  }
  settings.host = address->host;
  settings.port = address->port;
  if (server["durability"].text() == "power") settings.durability = store::Durability::Power;
  if (const auto& tls = server["tls"]; tls.is_set()) settings.tls = TlsSettings{tls["certificate"].text(), tls["key"].text()};
  settings.threads = static_cast<int>(server["threads"].integer());
  const auto& limits = server["limits"];
  settings.header_bytes_max = limits["header_bytes"].size();
  settings.body_bytes_max = limits["body_bytes"].size();
  settings.connections_max = limits["connections"].integer();
  settings.requests_max = limits["requests"].integer();
  settings.queue_wait = limits["queue_wait"].duration();
  settings.header_timeout = limits["header_timeout"].duration();
  settings.idle_timeout = limits["idle_timeout"].duration();
  settings.request_timeout = limits["request_timeout"].duration();
  settings.shutdown_grace = server["shutdown_grace"].duration();
  settings.setup_link_ttl = server["setup_link_ttl"].duration();
  settings.session_idle = server["sessions"]["idle"].duration();
  settings.session_max = server["sessions"]["absolute"].duration();
  settings.log_level = server["log_level"].text();
  settings.public_url = server["public_url"].text();
  const auto& url = settings.public_url;
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
    return std::unexpected(server["public_url"].error("not a URL of a web server", "Begin with https:// or http://."));
  }
  return settings;
}

Result<StoreSettings> parse_store(const config::Node& store) {
  StoreSettings settings;
  settings.url = store["url"].text();
  if (!settings.url.starts_with("sqlite:") && !settings.url.starts_with("postgresql://")) {
    return std::unexpected(store["url"].error("not the URL of a database",
                                              "Write sqlite:FILE or postgresql://USER@HOST/DATABASE."));
  }
  if (has_password(settings.url)) {
    return std::unexpected(store["url"].error("a password must not stand in the URL",
                                              "Put a reference into store.password: {env: NAME}, {file: PATH} or {cred: NAME}."));
  }
  if (store["password"].is_set()) settings.password = store["password"].secret();
  settings.readers_max = store["readers"].integer();
  return settings;
}

}  // namespace

std::vector<config::Section> sections() {
  return {
      {"server", server_spec()},
      {"store", store_spec()},
      {"blobs", object("Where documents and artifacts live.",
                       {{"url", option(Kind::Text, "file:DIRECTORY (relative to the data directory).")
                                    .fallback("file:blobs").between(6, 2048).restart()}})},
      {"counters", object("Where rate limits are counted.",
                          {{"url", option(Kind::Text, "null counts in memory.").nullable().restart()}})},
      {"vault", object("The key that encrypts what is stored.",
                       {{"key", option(Kind::Secret, "Without it, a key is made once in the data directory (vault.key).").restart()}})},
  };
}

Result<ProcessSettings> parse_settings(const config::Node& tree) {
  ProcessSettings settings;
  auto server = parse_server(tree["server"]);
  if (!server) return pass(server);
  settings.server = std::move(*server);
  auto store = parse_store(tree["store"]);
  if (!store) return pass(store);
  settings.store = std::move(*store);
  settings.blobs_url = tree["blobs"]["url"].text();
  if (!settings.blobs_url.starts_with("file:")) {
    return std::unexpected(tree["blobs"]["url"].error("not the URL of a blob store", "Write file:DIRECTORY."));
  }
  const auto& counters = tree["counters"]["url"];
  if (counters.is_set() && !counters.text().empty()) {
    return std::unexpected(counters.error("counters outside the process are not available in this version",
                                          "Write null or leave the section out."));
  }
  if (tree["vault"]["key"].is_set()) settings.vault_key = tree["vault"]["key"].secret();
  return settings;
}

}  // namespace millwright::configuration
