#include "io/http/event_writer.hpp"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millwright::io::http {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;

Task<void> wait(Timer& timer) {
  const auto [error] = co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>()));
  (void)error;  // cancelled: that is what is waited for
}

}  // namespace

/// Shared with the heartbeat, which may outlive the writer by one wake-up.
struct EventWriter::State {
  State(Exchange& given, std::string text, std::chrono::milliseconds between)
      : exchange(given), heartbeat(std::move(text)), interval(between) {}

  Exchange& exchange;
  std::string heartbeat;
  std::chrono::milliseconds interval;
  std::optional<Timer> due;       // of the next heartbeat
  std::optional<Timer> is_quiet;  // cancelled when a heartbeat has been written, and when the last one has
  SteadyClock::time_point last;
  bool is_writing = false;  // an event of the caller
  bool is_beating = false;  // a heartbeat
  bool is_running = false;
  bool is_stopped = false;
};

EventWriter::EventWriter(Exchange& exchange, std::string heartbeat, std::chrono::milliseconds interval)
    : state_(std::make_shared<State>(exchange, std::move(heartbeat), interval)) {}

EventWriter::~EventWriter() {
  state_->is_stopped = true;
  if (state_->due) state_->due->cancel();
}

Task<Result<void>> EventWriter::start(Response head) {
  head.headers.set("Content-Type", "text/event-stream; charset=utf-8");
  head.headers.set("Cache-Control", "no-cache");
  head.headers.set("X-Accel-Buffering", "no");  // tells proxies in front not to collect the stream
  auto started = co_await state_->exchange.start_stream(std::move(head));
  if (!started) co_return started;
  const auto executor = co_await this_executor();
  state_->due.emplace(executor);
  state_->is_quiet.emplace(executor);
  state_->last = SteadyClock::now();
  state_->is_running = true;
  spawn(executor, "heartbeat", beat(state_));
  co_return started;
}

Task<void> EventWriter::beat(std::shared_ptr<State> state) {
  while (!state->is_stopped) {
    state->due->expires_at(state->last + state->interval);
    co_await wait(*state->due);
    if (state->is_stopped) break;
    if (state->is_writing) state->last = SteadyClock::now();
    if (SteadyClock::now() < state->last + state->interval) continue;
    state->is_beating = true;
    auto written = co_await state->exchange.write(state->heartbeat);
    state->is_beating = false;
    state->last = SteadyClock::now();
    state->is_quiet->cancel();
    if (!written) break;  // the client has gone: whoever writes next learns it too
  }
  state->is_running = false;
  state->is_quiet->cancel();
}

Task<Result<void>> EventWriter::write(std::string_view events) {
  auto& state = *state_;
  while (state.is_beating) {
    state.is_quiet->expires_at(SteadyClock::time_point::max());
    co_await wait(*state.is_quiet);
  }
  state.is_writing = true;
  auto written = co_await state.exchange.write(events);
  state.is_writing = false;
  state.last = SteadyClock::now();
  co_return written;
}

Task<void> EventWriter::stop() {
  auto& state = *state_;
  state.is_stopped = true;
  if (!state.is_running) co_return;
  state.due->cancel();
  while (state.is_running) {
    state.is_quiet->expires_at(SteadyClock::time_point::max());
    co_await wait(*state.is_quiet);
  }
}

Task<Result<void>> EventWriter::finish() {
  co_await stop();
  auto finished = co_await state_->exchange.finish_stream();
  co_return finished;
}

}  // namespace millwright::io::http
