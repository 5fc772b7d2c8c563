// CPU a request, throughput and added latency of the gateway with every policy on, beside HAProxy, nginx and Portkey
//
// The same mock answers all of them in the same run; figures are ratios wherever machines differ. Rounds alternate between
// the peers, and the median round counts. How each figure is taken: bench/README.md. With names, only those parts run:
// idle, sizes, stream, policies, open.
#include <algorithm>
#include <map>
#include <span>

#include <fmt/format.h>

#include "bench/support/load.hpp"
#include "bench/support/open_load.hpp"
#include "bench/support/peers.hpp"

namespace {

using namespace millwright::bench;

constexpr int rounds = 5;
constexpr int throughput_connections = 32;

/// A question of 1 KB; `members` are put before its messages.
std::string prompt_body(std::string_view members) {
  std::string text;
  while (text.size() < 1'024) text += "Please explain how the office printer is added on a laptop in the second building. ";
  text.resize(1'024);
  return fmt::format(R"({{"model":"desk","max_tokens":256,{}"messages":[{{"role":"user","content":"{}"}}]}})", members, text);
}

std::string request_for(const Peer& peer, const std::string& body) {
  return post_request("/v1/chat/completions", peer.headers, body);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

/// What the rounds gave for one peer.
struct Series {
  std::vector<double> cpu_us, per_second, p50_us, p99_us;
};

/// Median over the rounds of what this one adds to the direct way, round by round.
double added(const std::vector<double>& mine, const std::vector<double>& direct) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < mine.size() && i < direct.size(); ++i) differences.push_back(mine[i] - direct[i]);
  return median(differences);
}

/// CPU of the peer's process over a closed loop of many connections.
void measure_cpu(const Peer& peer, const std::string& request, std::int64_t requests, Series& series) {
  requests = std::max<std::int64_t>(requests / peer.divisor, 100);
  const auto before = peer.process != nullptr ? peer.process->cpu_us() : 0;
  const auto load = run_load(peer.port, request, throughput_connections, requests);
  if (load.failures > 0) throw std::runtime_error(fmt::format("{} of {} calls to {} failed", load.failures, load.requests, peer.name));
  if (peer.process != nullptr) {
    series.cpu_us.push_back(static_cast<double>(peer.process->cpu_us() - before) / static_cast<double>(load.requests));
  }
  series.per_second.push_back(load.per_second());
}

void note_latency(const LoadResult& load, const Peer& peer, Series& series) {
  if (load.failures > 0) throw std::runtime_error(fmt::format("{} of {} calls to {} failed", load.failures, load.requests, peer.name));
  series.p50_us.push_back(load.percentile_us(50));
  series.p99_us.push_back(load.percentile_us(99));
}

using AllSeries = std::map<std::string, Series>;

/// One line a peer: its figures beside HAProxy's CPU and the direct way's latency.
void print_peers(std::string_view what, const PeerSet& set, const AllSeries& all) {
  const auto& direct = all.at("direct");
  const auto haproxy_cpu = median(all.at("haproxy").cpu_us);
  for (const auto& peer : set.peers()) {
    const auto& series = all.at(peer.name);
    fmt::print(R"({{"benchmark":"gateway",{},"peer":"{}","cpu_us_per_request":{:.1f},"cpu_ratio_to_haproxy":{:.2f},)"
               R"("requests_per_second":{:.0f},"p50_us":{:.0f},"p99_us":{:.0f},"added_p50_us":{:.0f},"added_p99_us":{:.0f}}})"
               "\n",
               what, peer.name, median(series.cpu_us), median(series.cpu_us) / haproxy_cpu, median(series.per_second),
               median(series.p50_us), median(series.p99_us), added(series.p50_us, direct.p50_us),
               added(series.p99_us, direct.p99_us));
  }
}

void print_bar(std::string_view what, std::string_view bar, double value, bool is_met) {
  fmt::print(R"({{"benchmark":"gateway",{},"bar":"{}","value":{:.2f},"met":{}}})" "\n", what, bar, value, is_met);
}

void print_cpu_bars(std::string_view what, const AllSeries& all) {
  const auto cpu = median(all.at("millwright").cpu_us);
  const auto ratio = cpu / median(all.at("haproxy").cpu_us);
  print_bar(what, "cpu <= 3 x haproxy", ratio, ratio <= 3);
  if (!all.contains("portkey")) return;
  const auto saving = median(all.at("portkey").cpu_us) / cpu;
  print_bar(what, "cpu >= 25 x less than portkey", saving, saving >= 25);
}

/// Whole answers of one size.
void run_size(std::size_t answer_bytes, std::int64_t requests) {
  const GatewaySetup setup({"--fixed", fmt::format("{}", answer_bytes)});
  const PeerSet set(setup);
  const auto body = prompt_body("");
  AllSeries all;
  for (const auto& peer : set.peers()) (void)run_load(peer.port, request_for(peer, body), throughput_connections, std::max<std::int64_t>(2'000 / peer.divisor, 200));
  for (int round = 0; round < rounds; ++round) {
    for (const auto& peer : set.peers()) {
      measure_cpu(peer, request_for(peer, body), requests, all[peer.name]);
      note_latency(run_load(peer.port, request_for(peer, body), 1, std::max<std::int64_t>(4'000 / peer.divisor, 1'000)), peer, all[peer.name]);
    }
    fmt::print(stderr, "answers of {} B: round {} of {}\n", answer_bytes, round + 1, rounds);
  }
  const auto what = fmt::format(R"("prompt_bytes":1024,"answer_bytes":{})", answer_bytes);
  print_peers(what, set, all);
  print_cpu_bars(what, all);
  const auto added_p99 = added(all["millwright"].p99_us, all["direct"].p99_us);
  if (answer_bytes <= 2'000) print_bar(what, "added p99 <= 150 us at one connection", added_p99, added_p99 <= 150);
  fmt::print(R"({{"benchmark":"gateway",{},"resident_mb_after":{:.1f}}})" "\n", what, setup.server().resident_mb());
}

/// Streams of 64 pieces: CPU a stream, and what is added before the first piece of text. A guard that must not let half an
/// address out holds a word until its end shows: where pieces begin with the space, the first one waits for the second.
void run_stream() {
  const GatewaySetup setup({"--threads", "1"});
  const PeerSet set(setup);
  const auto with = [body = prompt_body(R"("stream":true,)")](std::string_view directives) {
    auto text = body;
    return text.insert(text.rfind("\"}]}"), directives);
  };
  const auto burst = with("[[tokens=64]]");
  const std::vector<std::pair<std::string, std::string>> paces{
      {"first text, pieces end with the space", with("[[tokens=8]] [[interval=1]] [[ends-words]]")},
      {"first text, pieces begin with the space", with("[[tokens=8]] [[interval=1]]")}};
  std::vector<AllSeries> all(paces.size());
  for (const auto& peer : set.peers()) (void)run_load(peer.port, request_for(peer, burst), throughput_connections, 200);
  for (int round = 0; round < rounds; ++round) {
    for (const auto& peer : set.peers()) {
      measure_cpu(peer, request_for(peer, burst), 4'000, all[0][peer.name]);
      for (std::size_t i = 0; i < paces.size(); ++i) {
        note_latency(run_streams(peer.port, request_for(peer, paces[i].second), peer.divisor > 1 ? 50 : 200), peer, all[i][peer.name]);
      }
    }
    for (std::size_t i = 1; i < paces.size(); ++i) {
      for (auto& [name, series] : all[i]) series.cpu_us = all[0][name].cpu_us, series.per_second = all[0][name].per_second;
    }
    fmt::print(stderr, "streams: round {} of {}\n", round + 1, rounds);
  }
  for (std::size_t i = 0; i < paces.size(); ++i) {
    print_peers(fmt::format(R"("prompt_bytes":1024,"stream_pieces":64,"latency":"{}")", paces[i].first), set, all[i]);
  }
  constexpr std::string_view what = R"("stream_pieces":64)";
  print_cpu_bars(what, all[0]);
  const auto added_p99 = added(all[0]["millwright"].p99_us, all[0]["direct"].p99_us);
  print_bar(what, "added first-token p99 <= 300 us at one connection", added_p99, added_p99 <= 300);
}

/// The same traffic with each policy taken away: what each costs.
void run_policies() {
  const std::vector<std::pair<std::string, Policies>> variants{
      {"all", {}},
      {"all but guards", {.has_guards = false}},
      {"all but budgets", {.has_budgets = false}},
      {"all but rate limits", {.has_rates = false}},
      {"none", {.has_guards = false, .has_budgets = false, .has_rates = false}},
      {"all and cache hits", {.has_cache = true}},
  };
  std::vector<std::unique_ptr<GatewaySetup>> setups;
  for (const auto& [name, policies] : variants) {
    setups.push_back(std::make_unique<GatewaySetup>(std::vector<std::string>{"--fixed", "200"}, policies));
  }
  const PeerSet limits(*setups.front(), false);
  const auto body = prompt_body("");
  AllSeries all;
  for (int round = 0; round < rounds; ++round) {
    measure_cpu(*limits.find("haproxy"), request_for(*limits.find("haproxy"), body), 10'000, all["haproxy"]);
    for (std::size_t i = 0; i < variants.size(); ++i) {
      const Peer peer{variants[i].first, setups[i]->port(), fmt::format("Authorization: Bearer {}\r\n", setups[i]->key()),
                      &setups[i]->server(), 1};
      if (round == 0) (void)run_load(peer.port, request_for(peer, body), throughput_connections, 2'000);
      measure_cpu(peer, request_for(peer, body), 10'000, all[peer.name]);
    }
    fmt::print(stderr, "policies: round {} of {}\n", round + 1, rounds);
  }
  const auto haproxy_cpu = median(all["haproxy"].cpu_us), whole = median(all["all"].cpu_us);
  for (const auto& [name, policies] : variants) {
    const auto cpu = median(all[name].cpu_us);
    fmt::print(R"({{"benchmark":"gateway","policies":"{}","cpu_us_per_request":{:.1f},"cpu_ratio_to_haproxy":{:.2f},)"
               R"("saves_us":{:.1f},"requests_per_second":{:.0f}}})" "\n",
               name, cpu, cpu / haproxy_cpu, whole - cpu, median(all[name].per_second));
  }
}

/// Users who come when they come: latency from the moment a request was due.
void run_open() {
  const GatewaySetup setup({"--fixed", "2000"});
  const PeerSet set(setup);
  const auto body = prompt_body("");
  for (const double rate : {250.0, 1'000.0, 4'000.0}) {
    for (const auto& peer : set.peers()) {
      const auto request = request_for(peer, body);
      (void)run_load(peer.port, request, 8, 500);
      const auto result = run_open_load(peer.port, request, {.per_second = rate});
      fmt::print(R"({{"benchmark":"gateway","open_loop_per_second":{:.0f},"peer":"{}","answered":{},"failed":{},"saturated":{},)"
                 R"("p50_us":{:.0f},"p99_us":{:.0f},"p999_us":{:.0f},"generator_late_p99_us":{:.0f}}})" "\n",
                 rate, peer.name, result.requests, result.failures, result.is_saturated, result.percentile_us(50),
                 result.percentile_us(99), result.percentile_us(99.9), result.lateness_us_p99);
    }
  }
}

void run_idle() {
  const GatewaySetup idle({"--fixed", "100"});
  print_bar(R"("state":"idle")", "idle resident <= 40 MB", idle.server().resident_mb(), idle.server().resident_mb() <= 40);
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> wanted(arguments + 1, arguments + count);
  const auto wants = [&](std::string_view part) { return wanted.empty() || std::ranges::find(wanted, part) != wanted.end(); };
  try {
    if (wants("idle")) run_idle();
    if (wants("sizes")) {
      run_size(200, 20'000);
      run_size(2'000, 20'000);
      run_size(20'000, 10'000);
      run_size(200'000, 2'000);
    }
    if (wants("stream")) run_stream();
    if (wants("policies")) run_policies();
    if (wants("open")) run_open();
  } catch (const std::exception& e) {
    fmt::print(stderr, "gateway: {}\n", e.what());
    return 1;
  }
  return 0;
}
