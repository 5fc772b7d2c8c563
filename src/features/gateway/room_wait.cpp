#include "features/gateway/room_wait.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "io/http/cancellation.hpp"

namespace millwright::gateway {
namespace {

constexpr Duration lag_sample{50};

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, io::Executor>;

/// Wakes one waiting call; on its loop alone, but for `executor`.
struct Alarm {
  explicit Alarm(io::Executor given) : executor(given), timer(given) {}
  void ring() {
    has_rung = true;
    timer.cancel();
  }
  io::Executor executor;
  Timer timer;
  bool has_rung = false;
};

io::Task<void> watch_loop(std::shared_ptr<CallRoom> room, std::size_t index) {
  while (true) {
    const auto due = std::chrono::steady_clock::now() + lag_sample;
    auto slept = co_await io::sleep_for(lag_sample);
    if (!slept) co_return;
    const auto now = std::chrono::steady_clock::now();
    room->note_lag(index, std::chrono::duration_cast<Duration>(now - due), now);
  }
}

}  // namespace

io::Task<std::optional<RoomPlace>> wait_for_place(CallRoom& room, Priority priority,
                                                  const io::http::Cancellation& cancellation) {
  const auto executor = co_await io::this_executor();
  const auto alarm = std::make_shared<Alarm>(executor);
  const auto waiter = std::make_shared<CallRoom::Waiter>(
      priority, [alarm]() { boost::asio::post(alarm->executor, [alarm]() { alarm->ring(); }); });
  io::http::CancellationHook hook([](void* context) { static_cast<Alarm*>(context)->ring(); }, alarm.get());
  hook.attach(cancellation.state());
  const auto patience = room.join_queue(waiter, std::chrono::steady_clock::now());
  if (!patience) co_return std::nullopt;
  alarm->timer.expires_after(*patience);
  if (!alarm->has_rung && !cancellation.is_cancelled()) {
    boost::system::error_code woken;
    co_await alarm->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable_t<io::Executor>(), woken));
  }
  const bool has_place = room.leave_queue(waiter);
  std::optional<RoomPlace> place;
  if (has_place) place.emplace(room);
  if (cancellation.is_cancelled()) place.reset();
  co_return place;
}

void watch_loops(io::Runtime& runtime, const std::shared_ptr<CallRoom>& room) {
  for (unsigned i = 0; i < runtime.loop_count(); ++i) io::spawn(runtime.loop(i), "loop watch", watch_loop(room, i));
}

}  // namespace millwright::gateway
