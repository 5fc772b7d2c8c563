// 2,000 paced SSE streams at once: stalls, time to the first token, memory
//
// The provider sends a token every 200 ms on each stream; a stall is a gap of more than a second between two pieces at
// the client. The same streams are also read directly from the provider, in the same run, to tell its stalls apart.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "bench/support/gateway_setup.hpp"
#include "bench/support/load.hpp"

namespace {

using namespace millwright::bench;
using Clock = std::chrono::steady_clock;

constexpr int streams = 2'000;
constexpr int tokens = 30;
constexpr int interval_ms = 200;

struct Stream {
  int socket = -1;
  Clock::time_point started, last;
  double first_ms = 0, gap_ms_max = 0;
  bool is_done = false, is_complete = false;
  std::string tail;
};

struct Outcome {
  int complete = 0, stalls = 0;
  double first_p50_ms = 0, first_p99_ms = 0, gap_p99_ms = 0, gap_ms_max = 0, resident_mb_peak = 0;
};

double percentile(std::vector<double> values, double percent) {
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values.empty() ? 0 : values[std::max<std::size_t>(rank, 1) - 1];
}

void start(Stream& stream, std::uint16_t port, const std::string& request, int poll, std::size_t index) {
  stream.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(stream.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, stream.socket, &event);
  stream.started = stream.last = Clock::now();
  if (::send(stream.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("cannot send");
}

void read(Stream& stream, char* buffer, std::size_t size, int& left) {
  const auto count = ::recv(stream.socket, buffer, size, 0);
  const auto now = Clock::now();
  if (count > 0) {
    const double since = std::chrono::duration<double, std::milli>(now - stream.last).count();
    if (stream.first_ms == 0) stream.first_ms = std::chrono::duration<double, std::milli>(now - stream.started).count();
    else stream.gap_ms_max = std::max(stream.gap_ms_max, since);
    stream.last = now;
    stream.tail.append(buffer, static_cast<std::size_t>(count));
    if (stream.tail.size() > 512) stream.tail.erase(0, stream.tail.size() - 512);
    stream.is_complete = stream.tail.find("[DONE]") != std::string::npos;
  }
  if (count <= 0 || stream.is_complete) {
    if (!stream.is_done) --left;
    stream.is_done = true;
    ::close(stream.socket);
  }
}

Outcome run_streams(std::uint16_t port, const std::string& request, const Process& process) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Stream> all(streams);
  std::vector<epoll_event> events(512);
  std::vector<char> buffer(1 << 16);
  int left = streams;
  std::size_t next = 0;
  Outcome outcome;
  const auto deadline = Clock::now() + std::chrono::minutes(3);
  while (left > 0 && Clock::now() < deadline) {
    // Spread over one interval, as users would be.
    for (int i = 0; i < 25 && next < all.size(); ++i, ++next) start(all[next], port, request, poll, next);
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10);
    for (int i = 0; i < count; ++i) read(all[events[static_cast<std::size_t>(i)].data.u64], buffer.data(), buffer.size(), left);
    outcome.resident_mb_peak = std::max(outcome.resident_mb_peak, process.resident_mb());
  }
  ::close(poll);
  std::vector<double> first, gaps;
  const auto cut = std::ranges::find(all, false, &Stream::is_complete);
  if (cut != all.end()) fmt::print(stderr, "streams: the first that was not complete ended with: {}\n", cut->tail);
  for (const auto& stream : all) {
    outcome.complete += stream.is_complete ? 1 : 0;
    outcome.stalls += stream.gap_ms_max > 1'000 ? 1 : 0;
    first.push_back(stream.first_ms);
    gaps.push_back(stream.gap_ms_max);
  }
  outcome.first_p50_ms = percentile(first, 50);
  outcome.first_p99_ms = percentile(first, 99);
  outcome.gap_p99_ms = percentile(gaps, 99);
  outcome.gap_ms_max = percentile(gaps, 100);
  return outcome;
}

void print(std::string_view peer, const Outcome& outcome) {
  fmt::print(R"({{"benchmark":"streams","peer":"{}","streams":{},"complete":{},"stalls":{},"first_piece_p50_ms":{:.1f},)"
             R"("first_piece_p99_ms":{:.1f},"longest_gap_p99_ms":{:.1f},"longest_gap_ms":{:.1f},"resident_mb_peak":{:.1f}}})"
             "\n",
             peer, streams, outcome.complete, outcome.stalls, outcome.first_p50_ms, outcome.first_p99_ms,
             outcome.gap_p99_ms, outcome.gap_ms_max, outcome.resident_mb_peak);
}

}  // namespace

int main() {
  rlimit files{65'536, 65'536};
  ::setrlimit(RLIMIT_NOFILE, &files);
  try {
    const GatewaySetup setup({"--threads", "1"});
    const auto body = fmt::format(
        R"({{"model":"desk","stream":true,"max_tokens":256,"messages":[{{"role":"user","content":"go [[tokens={}]] [[interval={}]]"}}]}})",
        tokens, interval_ms);
    const auto direct = run_streams(setup.provider_port(), post_request("/v1/chat/completions", "", body), setup.provider());
    const auto through = run_streams(
        setup.port(), post_request("/v1/chat/completions", fmt::format("Authorization: Bearer {}\r\n", setup.key()), body),
        setup.server());
    print("direct", direct);
    print("millwright", through);
    fmt::print(R"({{"benchmark":"streams","bar":"2000 streams without a stall","value":{},"met":{}}})" "\n",
               through.stalls, through.stalls == 0 && through.complete == streams);
  } catch (const std::exception& e) {
    fmt::print(stderr, "streams: {}\n", e.what());
    return 1;
  }
  return 0;
}
