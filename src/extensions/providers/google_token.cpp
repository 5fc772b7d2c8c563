#include "extensions/providers/google_token.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "io/http/cancellation.hpp"

namespace millwright::extensions {
namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, io::Executor>;

constexpr Duration fetch_timeout{10'000};
constexpr Duration renewed_before_end{300'000};
constexpr Duration unused_before_end{30'000};
constexpr std::size_t answer_bytes_max = 64u << 10;

struct Token {
  std::string text;
  std::int64_t seconds = 0;
};

/// One call that waits; touched on its own loop alone, but for the list it stands in.
struct Waiter {
  Waiter(io::Executor on, Duration timeout) : executor(on), timer(on, timeout) {}
  io::Executor executor;
  Timer timer;  // ends early when the result is there
  std::optional<Result<std::string>> result;
};

Result<Token> read_token(std::uint16_t status, std::string_view body) {
  auto parsed = parse_json_object(body);
  Token token;
  if (parsed) token.text = string_member(*parsed, "access_token");
  if (status != 200 || token.text.empty()) {
    const bool may_pass = status == 429 || status >= 500;
    auto error = fail(may_pass ? ErrorCode::Unavailable : ErrorCode::UpstreamFailed,
                      "the token endpoint of the service account answered {}{}{}", status, parsed ? ": " : "",
                      parsed ? utf8_prefix(string_member(*parsed, "error"), 100) : std::string_view());
    if (!may_pass) error.error().fix = "An administrator must check the service account's key.";
    return error;
  }
  const auto* seconds = find_member(*parsed, "expires_in");
  const bool is_sane = seconds != nullptr && seconds->is_int64() && seconds->get_int64() > 0;
  token.seconds = is_sane ? std::min<std::int64_t>(seconds->get_int64(), 86'400) : 600;
  return token;
}

io::Task<Result<Token>> request_token(const GoogleKey& key, io::http::Client& client, Timestamp now) {
  auto assertion = key.sign_assertion(now);
  if (!assertion) co_return pass(assertion);
  io::http::ClientRequest request;
  request.path = key.token_path();
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + *assertion;
  auto response = co_await client.send(key.token_origin(), std::move(request), fetch_timeout);
  if (!response) co_return pass(response);
  (*response)->expire_after(fetch_timeout);
  auto body = co_await (*response)->read_all(answer_bytes_max);
  if (!body) co_return pass(body);
  co_return read_token((*response)->status(), *body);
}

}  // namespace

struct GoogleTokens::State {
  State(GoogleKey given, io::http::Client& on, const Clock& of) : key(std::move(given)), client(on), clock(of) {}
  const GoogleKey key;
  io::http::Client& client;
  const Clock& clock;
  std::mutex mutex;  // of what follows; never held across a wait
  std::string token;
  Timestamp end;
  bool is_fetching = false;
  std::vector<std::shared_ptr<Waiter>> waiters;

  void take(Result<Token> fetched) {
    const auto now = clock.now();
    std::vector<std::shared_ptr<Waiter>> served;
    Result<std::string> result;
    {
      const std::scoped_lock lock(mutex);
      is_fetching = false;
      if (fetched) {
        token = fetched->text;
        end = now + std::chrono::seconds(fetched->seconds);
        result = token;
      } else {
        result = pass(fetched);
      }
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

namespace {

using State = GoogleTokens::State;

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

io::Task<void> fetch(std::shared_ptr<State> state) {
  Abandoned abandoned{state.get()};
  auto token = co_await request_token(state->key, state->client, state->clock.now());
  abandoned.state = nullptr;
  state->take(std::move(token));
}

void cancel_timer(void* timer) { static_cast<Timer*>(timer)->cancel(); }

/// Waits for the fetch under way.
io::Task<Result<std::string>> wait_for_token(std::shared_ptr<State> state, std::shared_ptr<Waiter> waiter,
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
  co_return fail(ErrorCode::Timeout, "the service account's token did not come in time");
}

}  // namespace

GoogleTokens::GoogleTokens(GoogleKey key, io::http::Client& client, const Clock& clock)
    : state_(std::make_shared<State>(std::move(key), client, clock)) {}

const GoogleKey& GoogleTokens::key() const { return state_->key; }

void GoogleTokens::forget(const std::string& token) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->token == token) state_->token.clear();
}

io::Task<Result<std::string>> GoogleTokens::load(Duration timeout, const io::http::Cancellation* cancellation) {
  const auto state = state_;
  const auto executor = co_await io::this_executor();
  const auto now = state->clock.now();
  std::optional<std::string> token;
  bool begins_fetch = false;
  std::shared_ptr<Waiter> waiter;
  {
    const std::scoped_lock lock(state->mutex);
    if (!state->token.empty() && now < state->end - unused_before_end) token = state->token;
    const bool needs_fetch = !token || now >= state->end - renewed_before_end;
    if (!token) {
      waiter = std::make_shared<Waiter>(executor, timeout);
      state->waiters.push_back(waiter);
    }
    begins_fetch = needs_fetch && !state->is_fetching;
    if (begins_fetch) state->is_fetching = true;
  }
  if (begins_fetch) io::spawn(executor, "google token", fetch(state));
  if (token) co_return std::move(*token);
  auto result = co_await wait_for_token(state, waiter, cancellation);
  co_return result;
}

}  // namespace millwright::extensions
