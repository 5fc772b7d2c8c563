#include "bench/support/peers.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace millwright::bench {
namespace {

/// The newest Node.js that tools/setup fetched, else the system's.
std::string node_program(const std::filesystem::path& root) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(root / ".millwright/node/node_modules", none)) {
    const auto program = entry.path() / "bin/node";
    if (std::filesystem::exists(program)) return program.string();
  }
  return "node";
}

std::unique_ptr<Process> start_haproxy(const GatewaySetup& setup, std::uint16_t port) {
  const auto file = (setup.directory() / "haproxy.cfg").string();
  std::ofstream(file) << fmt::format(
      "global\n  nbthread 2\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
      "  http-reuse always\n  option http-no-delay\nfrontend f\n  bind 127.0.0.1:{}\n  default_backend b\nbackend b\n  server s 127.0.0.1:{}\n",
      port, setup.provider_port());
  auto process = std::make_unique<Process>(std::vector<std::string>{"haproxy", "-db", "-f", file});
  wait_for_port(port);
  return process;
}

std::unique_ptr<Process> start_nginx(const GatewaySetup& setup, std::uint16_t port) {
  const auto file = (setup.directory() / "nginx.conf").string();
  std::ofstream(file) << fmt::format(
      "daemon off; worker_processes 2; pid {0}/nginx.pid; error_log /dev/null;\nevents {{ worker_connections 4096; }}\n"
      "http {{ access_log off; client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;\n"
      "uwsgi_temp_path {0}/u; scgi_temp_path {0}/s; keepalive_requests 1000000;\n"
      "upstream mock {{ server 127.0.0.1:{2}; keepalive 64; keepalive_requests 1000000; }}\n"
      "server {{ listen 127.0.0.1:{1}; location / {{ proxy_pass http://mock; proxy_http_version 1.1;\n"
      "proxy_set_header Connection \"\"; }} }} }}\n",
      setup.directory().string(), port, setup.provider_port());
  auto process = std::make_unique<Process>(std::vector<std::string>{"nginx", "-c", file});
  wait_for_port(port);
  return process;
}

std::unique_ptr<Process> start_portkey(std::uint16_t port) {
  const auto root = std::filesystem::path(build_directory()).parent_path().parent_path();
  const auto script = root / ".millwright/peers/node_modules/@portkey-ai/gateway/build/start-server.js";
  if (!std::filesystem::exists(script)) return nullptr;
  auto process = std::make_unique<Process>(std::vector<std::string>{
      node_program(root), script.string(), fmt::format("--port={}", port), "--headless"});
  wait_for_port(port);
  return process;
}

}  // namespace

PeerSet::PeerSet(const GatewaySetup& setup, bool has_portkey) {
  const auto add = [this](std::string name, std::uint16_t port, std::string headers, std::unique_ptr<Process> process,
                          std::int64_t divisor = 1) {
    peers_.push_back({std::move(name), port, std::move(headers), process.get(), divisor});
    processes_.push_back(std::move(process));
  };
  peers_.push_back({"direct", setup.provider_port(), {}, nullptr, 1});
  auto port = free_port();
  add("haproxy", port, {}, start_haproxy(setup, port));
  port = free_port();
  add("nginx", port, {}, start_nginx(setup, port));
  peers_.push_back({"millwright", setup.port(), fmt::format("Authorization: Bearer {}\r\n", setup.key()), &setup.server(), 1});
  if (!has_portkey) return;
  port = free_port();
  if (auto portkey = start_portkey(port)) {
    add("portkey", port,
        fmt::format("Authorization: Bearer none\r\nx-portkey-provider: openai\r\n"
                    "x-portkey-custom-host: http://127.0.0.1:{}/v1\r\n", setup.provider_port()),
        std::move(portkey), 20);
  } else {
    fmt::print(stderr, "gateway: Portkey is not installed (tools/setup bench fetches it); it is left out\n");
  }
}

const Peer* PeerSet::find(const std::string& name) const {
  for (const auto& peer : peers_) {
    if (peer.name == name) return &peer;
  }
  return nullptr;
}

}  // namespace millwright::bench
