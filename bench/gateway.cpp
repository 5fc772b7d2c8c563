// CPU a request, throughput and added latency of the gateway with every policy on, beside HAProxy and nginx
//
// The same mock answers all of them in the same run; figures are ratios to HAProxy wherever machines differ. CPU is the
// system's own account of the server's process over the measured requests. Rounds alternate between the peers, and the
// median round counts.
#include <algorithm>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "bench/support/gateway_setup.hpp"
#include "bench/support/load.hpp"

namespace {

using namespace millwright::bench;

constexpr int rounds = 5;
constexpr std::int64_t throughput_requests = 20'000;
constexpr std::int64_t latency_requests = 4'000;
constexpr int throughput_connections = 32;

std::string prompt_body(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "Please explain how the office printer is added on a laptop in the second building. ";
  text.resize(bytes);
  return fmt::format(R"({{"model":"desk","max_tokens":256,"messages":[{{"role":"user","content":"{}"}}]}})", text);
}

struct Peer {
  std::string name;
  std::uint16_t port = 0;
  std::string request;
  const Process* process = nullptr;
  std::vector<double> cpu_us, per_second, p50_us, p99_us;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

std::unique_ptr<Process> start_haproxy(const GatewaySetup& setup, std::uint16_t port) {
  const auto file = (setup.directory() / "haproxy.cfg").string();
  std::ofstream(file) << fmt::format(
      "global\n  nbthread 2\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
      "  http-reuse always\nfrontend f\n  bind 127.0.0.1:{}\n  default_backend b\nbackend b\n  server s 127.0.0.1:{}\n",
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

void measure(Peer& peer) {
  const auto before = peer.process != nullptr ? peer.process->cpu_us() : 0;
  const auto load = run_load(peer.port, peer.request, throughput_connections, throughput_requests);
  if (load.failures > 0) throw std::runtime_error(fmt::format("{} of {} calls to {} failed", load.failures, load.requests, peer.name));
  if (peer.process != nullptr) {
    peer.cpu_us.push_back(static_cast<double>(peer.process->cpu_us() - before) / static_cast<double>(load.requests));
  }
  peer.per_second.push_back(load.per_second());
  const auto single = run_load(peer.port, peer.request, 1, latency_requests);
  peer.p50_us.push_back(single.percentile_us(50));
  peer.p99_us.push_back(single.percentile_us(99));
}

void run_case(std::size_t prompt_bytes, std::size_t answer_bytes) {
  const GatewaySetup setup({"--fixed", fmt::format("{}", answer_bytes)});
  const auto haproxy_port = free_port();
  const auto haproxy = start_haproxy(setup, haproxy_port);
  const auto nginx_port = free_port();
  const auto nginx = start_nginx(setup, nginx_port);
  const auto body = prompt_body(prompt_bytes);
  const auto plain = post_request("/v1/chat/completions", "", body);
  const auto keyed = post_request("/v1/chat/completions", fmt::format("Authorization: Bearer {}\r\n", setup.key()), body);
  std::vector<Peer> peers{{"direct", setup.provider_port(), plain, nullptr, {}, {}, {}, {}},
                          {"haproxy", haproxy_port, plain, haproxy.get(), {}, {}, {}, {}},
                          {"nginx", nginx_port, plain, nginx.get(), {}, {}, {}, {}},
                          {"millwright", setup.port(), keyed, &setup.server(), {}, {}, {}, {}}};
  for (auto& peer : peers) (void)run_load(peer.port, peer.request, throughput_connections, 2'000);   // warm-up
  for (int round = 0; round < rounds; ++round) {
    for (auto& peer : peers) measure(peer);
    fmt::print(stderr, "prompt {} B, answer {} B: round {} of {}\n", prompt_bytes, answer_bytes, round + 1, rounds);
  }
  const auto& direct = peers.front();
  const double haproxy_cpu = median(peers[1].cpu_us);
  for (const auto& peer : peers) {
    std::vector<double> added_p50, added_p99;
    for (int i = 0; i < rounds; ++i) {
      added_p50.push_back(peer.p50_us[static_cast<std::size_t>(i)] - direct.p50_us[static_cast<std::size_t>(i)]);
      added_p99.push_back(peer.p99_us[static_cast<std::size_t>(i)] - direct.p99_us[static_cast<std::size_t>(i)]);
    }
    fmt::print(R"({{"benchmark":"gateway","peer":"{}","prompt_bytes":{},"answer_bytes":{},"cpu_us_per_request":{:.1f},)"
               R"("cpu_ratio_to_haproxy":{:.2f},"requests_per_second":{:.0f},"p50_us":{:.0f},"p99_us":{:.0f},)"
               R"("added_p50_us":{:.0f},"added_p99_us":{:.0f}}})"
               "\n",
               peer.name, prompt_bytes, answer_bytes, median(peer.cpu_us), median(peer.cpu_us) / haproxy_cpu,
               median(peer.per_second), median(peer.p50_us), median(peer.p99_us), median(added_p50), median(added_p99));
  }
  const double ratio = median(peers[3].cpu_us) / haproxy_cpu;
  std::vector<double> added;
  for (int i = 0; i < rounds; ++i) added.push_back(peers[3].p99_us[static_cast<std::size_t>(i)] - direct.p99_us[static_cast<std::size_t>(i)]);
  fmt::print(R"({{"benchmark":"gateway","prompt_bytes":{},"bar":"cpu <= 3 x haproxy","value":{:.2f},"met":{}}})"
             "\n" R"({{"benchmark":"gateway","prompt_bytes":{},"bar":"added p99 <= 150 us at one connection","value":{:.0f},"met":{}}})" "\n",
             prompt_bytes, ratio, ratio <= 3, prompt_bytes, median(added), median(added) <= 150);
  fmt::print(R"({{"benchmark":"gateway","resident_mb_after":{:.1f}}})" "\n", setup.server().resident_mb());
}

}  // namespace

int main() {
  try {
    {
      const GatewaySetup idle({"--fixed", "100"});
      fmt::print(R"({{"benchmark":"gateway","bar":"idle resident <= 40 MB","value":{:.1f},"met":{}}})" "\n",
                 idle.server().resident_mb(), idle.server().resident_mb() <= 40);
    }
    run_case(1'024, 200);
    run_case(1'024, 2'000);
  } catch (const std::exception& e) {
    fmt::print(stderr, "gateway: {}\n", e.what());
    return 1;
  }
  return 0;
}
