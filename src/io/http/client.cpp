#include "io/http/client.hpp"

#include <vector>

#include <boost/asio/post.hpp>

#include "io/http/client_loop.hpp"
#include "io/loop/runtime.hpp"
#include "io/loop/ticker.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t fetched_bytes_max = 256u << 20;

using OnPiece = std::function<void(std::string_view)>;

Task<Result<Response>> fetch(ClientLoop& loop, Origin origin, ClientRequest request, std::chrono::milliseconds timeout,
                             const OnPiece& on_piece, const Cancellation& cancellation) {
  auto response = co_await loop.send(std::move(origin), std::move(request), timeout, cancellation.state());
  if (!response) co_return pass(response);
  Response result{(*response)->status(), (*response)->headers(), {}};
  if (on_piece && result.headers.find("content-type").starts_with("text/event-stream")) {
    while (true) {
      (*response)->expire_after(timeout);
      auto piece = co_await (*response)->read_some();
      if (!piece) co_return pass(piece);
      if (piece->empty()) co_return result;
      on_piece(*piece);
    }
  }
  auto body = co_await (*response)->read_all(fetched_bytes_max);
  if (!body) co_return pass(body);
  result.body = std::move(*body);
  co_return result;
}

/// Ends the loop with the answer: what else is pending there (idle connections, ticks) is not waited for.
Task<void> fetch_and_stop(std::shared_ptr<ClientLoop> loop, boost::asio::io_context& context, Origin origin,
                          ClientRequest request, std::chrono::milliseconds timeout, const OnPiece& on_piece,
                          const Cancellation& cancellation, Result<Response>& outcome) {
  outcome = co_await fetch(*loop, std::move(origin), std::move(request), timeout, on_piece, cancellation);
  context.stop();
}

}  // namespace

struct Client::State {
  std::vector<std::shared_ptr<ClientLoop>> loops;
  std::vector<Executor> executors;
};

Client::Client(Runtime& runtime, const EgressGuard& guard, ClientOptions options)
    : state_(std::make_shared<State>()) {
  const auto core = std::make_shared<ClientCore>(&guard, std::move(options));
  for (unsigned i = 0; i < runtime.loop_count(); ++i) {
    state_->loops.push_back(std::make_shared<ClientLoop>(core, runtime.loop(i), runtime.ticker(i)));
    state_->executors.push_back(runtime.loop(i));
  }
}

Client::~Client() {
  // What belongs to a loop is closed there; when the loops turn no more, it goes with the runtime.
  for (std::size_t i = 0; i < state_->loops.size(); ++i) {
    boost::asio::post(state_->executors[i], [loop = std::move(state_->loops[i])] { loop->close_idle(); });
  }
}

Task<Result<std::unique_ptr<ClientResponse>>> Client::send(const Origin& origin, ClientRequest request,
                                                           std::chrono::milliseconds timeout,
                                                           const Cancellation* cancellation) {
  const auto index = Runtime::current_loop();
  ensure(index && *index < state_->loops.size(), "requests are sent on a loop of the client's runtime");
  return state_->loops[*index]->send(origin, std::move(request), timeout,
                                     cancellation != nullptr ? cancellation->state() : nullptr);
}

Result<Response> fetch_blocking(const Origin& origin, ClientRequest request, std::chrono::milliseconds timeout) {
  return fetch_blocking(origin, std::move(request), timeout, {}, {});
}

Result<Response> fetch_blocking(const Origin& origin, ClientRequest request, std::chrono::milliseconds timeout,
                                const std::function<void(std::string_view)>& on_piece, std::stop_token stop) {
  Result<Response> outcome = fail(ErrorCode::Internal, "the request was not run");
  std::optional<Ticker> ticker;
  boost::asio::io_context context{1};
  ticker.emplace(context.get_executor());
  Cancellation cancellation;
  const auto loop = std::make_shared<ClientLoop>(std::make_shared<ClientCore>(nullptr, ClientOptions{}),
                                                 context.get_executor(), *ticker);
  spawn(context.get_executor(), "fetch",
        fetch_and_stop(loop, context, origin, std::move(request), timeout, on_piece, cancellation, outcome));
  {
    const std::stop_callback leaving(std::move(stop), [&context, &cancellation]() {
      boost::asio::post(context, [&cancellation]() { cancellation.cancel(); });
    });
    context.run();
  }
  ticker->detach();
  return outcome;
}

}  // namespace millwright::io::http
