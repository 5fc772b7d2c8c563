// What proves who calls and ends after a while, as an access token: fetched once for all who wait, renewed before its
// end.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/http/cancellation.hpp"
#include "io/http/client.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::extensions {

/// Thread-safe; copies share one value. T is copyable and has ==.
template <class T>
class Renewed {
 public:
  struct Fetched {
    T value;
    Timestamp end;
  };
  /// Makes a value anew, in a time of its own. What it touches outlives the last call.
  using Fetch = std::function<io::Task<Result<Fetched>>()>;

  /// `what` is said in errors: "the service account's token". `clock` outlives the last call. A value is renewed while
  /// it still serves, from five minutes before its end, and no longer handed out in its last 30 seconds.
  Renewed(std::string what, Fetch fetch, const Clock& clock)
      : state_(std::make_shared<State>(std::move(what), std::move(fetch), clock)) {}

  /// A value that is good now. Waits for the one fetch under way, at most `timeout` and until `cancellation`. Errors:
  /// Timeout, Cancelled, and what the fetch ended in.
  [[nodiscard]] io::Task<Result<T>> load(Duration timeout, const io::http::Cancellation* cancellation) {
    const auto state = state_;
    const auto executor = co_await io::this_executor();
    const auto now = state->clock.now();
    std::optional<T> value;
    bool begins_fetch = false;
    std::shared_ptr<Waiter> waiter;
    {
      const std::scoped_lock lock(state->mutex);
      if (state->value && now < state->value->end - unused_before_end) value = state->value->value;
      const bool is_due = state->value && now >= state->value->end - renewed_before_end && now >= state->not_before;
      if (!value) {
        waiter = std::make_shared<Waiter>(executor, timeout);
        state->waiters.push_back(waiter);
      }
      begins_fetch = (!value || is_due) && !state->is_fetching;
      if (begins_fetch) state->is_fetching = true;
    }
    if (begins_fetch) io::spawn(executor, "credentials", fetch_once(state));
    if (value) co_return std::move(*value);
    auto result = co_await wait(state, waiter, cancellation);
    co_return result;
  }

  /// Forgets `value`, which the provider no longer takes; a newer one stays.
  void forget(const T& value) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->value && state_->value->value == value) state_->value.reset();
  }

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, io::Executor>;
  static constexpr Duration renewed_before_end{300'000};
  static constexpr Duration unused_before_end{30'000};
  static constexpr Duration pause_after_failure{5'000};  // while the old value still serves

  /// One call that waits; touched on its own loop alone, but for the list it stands in.
  struct Waiter {
    Waiter(io::Executor on, Duration timeout) : executor(on), timer(on, timeout) {}
    io::Executor executor;
    Timer timer;  // ends early when the result is there
    std::optional<Result<T>> result;
  };

  struct State {
    State(std::string name, Fetch how, const Clock& of) : what(std::move(name)), fetch(std::move(how)), clock(of) {}
    const std::string what;
    const Fetch fetch;
    const Clock& clock;
    std::mutex mutex;  // of what follows; never held across a wait
    std::optional<Fetched> value;
    Timestamp not_before{};
    bool is_fetching = false;
    std::vector<std::shared_ptr<Waiter>> waiters;

    void take(Result<Fetched> fetched) {
      std::vector<std::shared_ptr<Waiter>> served;
      Result<T> result = fetched ? Result<T>(fetched->value) : Result<T>(pass(fetched));
      {
        const std::scoped_lock lock(mutex);
        is_fetching = false;
        if (fetched)
          value = std::move(*fetched);
        else
          not_before = clock.now() + pause_after_failure;
        served.swap(waiters);
      }
      for (auto& waiter : served) {
        boost::asio::post(waiter->executor, [waiter, result]() {
          waiter->result = result;
          waiter->timer.cancel();
        });
      }
    }
    void leave(const std::shared_ptr<Waiter>& waiter) {
      const std::scoped_lock lock(mutex);
      std::erase(waiters, waiter);
    }
    /// A fetch that was torn down: the next call begins another.
    void abandon() {
      const std::scoped_lock lock(mutex);
      is_fetching = false;
    }
  };
  struct Abandoned {
    State* state;
    ~Abandoned() {
      if (state != nullptr) state->abandon();
    }
  };
  struct Leaving {
    State& state;
    std::shared_ptr<Waiter> waiter;
    ~Leaving() { state.leave(waiter); }
  };

  static io::Task<void> fetch_once(std::shared_ptr<State> state) {
    Abandoned abandoned{state.get()};
    auto fetched = co_await state->fetch();
    abandoned.state = nullptr;
    state->take(std::move(fetched));
  }

  static void cancel_timer(void* timer) { static_cast<Timer*>(timer)->cancel(); }

  /// Waits for the fetch under way.
  static io::Task<Result<T>> wait(std::shared_ptr<State> state, std::shared_ptr<Waiter> waiter,
                                  const io::http::Cancellation* cancellation) {
    const Leaving leaving{*state, waiter};
    io::http::CancellationHook hook(cancel_timer, &waiter->timer);
    const auto cancelled = [&] { return cancellation != nullptr && cancellation->is_cancelled(); };
    if (cancellation != nullptr && !cancelled()) hook.attach(cancellation->state());
    if (!cancelled()) {
      const auto [ended] =
          co_await waiter->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable_t<io::Executor>()));
      (void)ended;  // the result or the cancellation says why it did
    }
    if (cancelled()) co_return fail(ErrorCode::Cancelled, "the caller went away");
    if (waiter->result) co_return *waiter->result;
    co_return fail(ErrorCode::Timeout, "{} did not come in time", state->what);
  }

  std::shared_ptr<State> state_;
};

}  // namespace millwright::extensions
