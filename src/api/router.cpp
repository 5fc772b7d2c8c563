#include "api/router.hpp"

#include <chrono>

#include <spdlog/spdlog.h>

#include "api/authenticate.hpp"
#include "api/idempotency.hpp"
#include "api/path_table.hpp"
#include "api/problem.hpp"
#include "base/id.hpp"

namespace millwright::api {

using io::http::Method;
using io::http::Response;

struct Router::State {
  State(RouterParts given, Routes rows) : parts(std::move(given)), routes(std::move(rows)), table(routes) {}

  RouterParts parts;
  Routes routes;
  PathTable table;
  IdempotencyTable idempotency;
};

namespace {

/// The client's own id when it is short and plain, so that it can be found in both logs; else a new one.
std::string request_id_of(const io::http::Request& request) {
  const auto given = request.headers.find("x-request-id");
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!given.empty() && given.size() <= 64 && std::ranges::all_of(given, is_plain)) return std::string(given);
  return Id::generate().text();
}

void finish_headers(Response& response, std::string_view request_id) {
  response.headers.set("x-request-id", std::string(request_id));
  response.headers.set("x-content-type-options", "nosniff");
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
}

/// The body moves; head fields are copied, since the server still reads those of its own request.
std::shared_ptr<Call> make_call(io::http::Request& request, PathTable::Match& match, const std::string& request_id) {
  auto call = std::make_shared<Call>();
  auto body = std::move(request.body);
  request.body.clear();
  call->request = request;
  call->request.body = std::move(body);
  call->parameters = std::move(match.parameters);
  call->request_id = request_id;
  return call;
}

Error no_such_path(const io::http::Request& request) {
  Error error;
  error.code = ErrorCode::NotFound;
  error.message = fmt::format("nothing answers at {}", request.path);
  error.fix = "the paths are listed at /openapi.json";
  return error;
}

Response not_allowed(const io::http::Request& request, const std::string& allow, std::string_view request_id) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = fmt::format("{} has no {}", request.path, io::http::method_name(request.method));
  error.rule = "method";
  error.fix = "use one of: " + allow;
  auto response = problem(error, 405, request_id);
  response.headers.set("allow", allow);
  return response;
}

void log_request(const io::http::Request& request, std::string_view caller, std::uint16_t status,
                 std::string_view request_id, std::chrono::steady_clock::time_point start) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  const auto level = status >= 500 ? spdlog::level::err : request.method == Method::Get ? spdlog::level::debug
                                                                                         : spdlog::level::info;
  spdlog::log(level, "api method={} path={} status={} caller={} request_id={} duration_us={}",
              io::http::method_name(request.method), request.path, status, caller.empty() ? "-" : caller, request_id,
              elapsed.count());
}

}  // namespace

/// What happens on the worker thread and around it, for one matched row.
struct Dispatch {
  /// Establishes the caller and checks the right. Blocks.
  static Result<void> admit(Router::State& state, const Route& route, Call& call);
  /// A whole blocking row: admit, remembered answer, handler. Blocks.
  static Response run(Router::State& state, const Route& route, Call& call);
  static Response run_once(Router::State& state, const Route& route, Call& call);
  static io::Task<Response> run_on_pool(Router::State& state, const Route& route, std::shared_ptr<Call> call);
  static io::Task<Result<void>> admit_on_pool(Router::State& state, const Route& route, std::shared_ptr<Call> call);
};

Result<void> Dispatch::admit(Router::State& state, const Route& route, Call& call) {
  if (route.access == Access::Public) return {};
  auto caller = authenticate(call.request, *state.parts.keys, *state.parts.users, state.parts.clock->now());
  if (!caller) return pass(caller);
  call.caller = std::move(*caller);
  return authorize(call.caller, route.access);
}

Response Dispatch::run_once(Router::State& state, const Route& route, Call& call) {
  const auto key = call.request.headers.find("idempotency-key");
  const auto& handler = std::get<BlockingHandler>(route.handler);
  const auto answer = [&]() -> Response {
    auto response = handler(call);
    return response ? std::move(*response) : problem(response.error(), call.request_id);
  };
  if (key.empty() || !route.is_idempotent_by_key) return answer();

  const auto scope = fmt::format("{} {} {}", call.caller.name, io::http::method_name(route.method), call.request.path);
  auto remembered = state.idempotency.begin(scope, key, call.request.body, state.parts.clock->now());
  if (!remembered) return problem(remembered.error(), call.request_id);
  if (*remembered) return std::move(**remembered);
  Response response = problem(Error{}, call.request_id);   // stays when the handler throws
  try {
    response = answer();
  } catch (...) {
    state.idempotency.finish(scope, key, response);
    throw;
  }
  state.idempotency.finish(scope, key, response);
  return response;
}

Response Dispatch::run(Router::State& state, const Route& route, Call& call) {
  const auto admitted = admit(state, route, call);
  if (!admitted) return problem(admitted.error(), call.request_id);
  return run_once(state, route, call);
}

io::Task<Response> Dispatch::run_on_pool(Router::State& state, const Route& route, std::shared_ptr<Call> call) {
  auto work = [&state, &route, call]() -> Result<Response> { return run(state, route, *call); };
  auto response = co_await io::run_blocking(state.parts.runtime->blocking(), std::move(work));
  if (!response) {
    spdlog::error("api error request_id={} path={} {}", call->request_id, call->request.path,
                  describe(response.error()));
    // What an exception said stays in the log; the answer carries the id to find it by.
    if (response.error().code == ErrorCode::Internal) response.error().message = "an internal error, see the log";
    co_return problem(response.error(), call->request_id);
  }
  co_return std::move(*response);
}

io::Task<Result<void>> Dispatch::admit_on_pool(Router::State& state, const Route& route, std::shared_ptr<Call> call) {
  auto work = [&state, &route, call]() -> Result<void> { return admit(state, route, *call); };
  auto admitted = co_await io::run_blocking(state.parts.runtime->blocking(), std::move(work));
  co_return admitted;
}

namespace {

/// Answers, and leaves one log line. A client that has gone is no error.
io::Task<void> answer(io::http::Exchange& exchange, Response response, std::string request_id, std::string caller,
                      std::chrono::steady_clock::time_point start) {
  finish_headers(response, request_id);
  const auto status = response.status;
  auto sent = co_await exchange.send(std::move(response));
  if (!sent) spdlog::debug("api answer not delivered request_id={} {}", request_id, describe(sent.error()));
  log_request(exchange.request(), caller, status, request_id, start);
}

Response unmatched(const RouterParts& parts, const io::http::Request& request, const PathTable::Match& match,
                   std::string_view request_id) {
  if (!match.allow.empty()) return not_allowed(request, match.allow, request_id);
  const bool is_page = request.method == Method::Get || request.method == Method::Head;
  if (is_page && parts.pages && !request.path.starts_with("/api/") && !request.path.starts_with("/v1/")) {
    if (auto page = parts.pages(request)) return std::move(*page);
  }
  return problem(no_such_path(request), request_id);
}

}  // namespace

Router::Router(RouterParts parts, Routes routes)
    : state_(std::make_unique<State>(std::move(parts), std::move(routes))) {}
Router::~Router() = default;

const Routes& Router::routes() const { return state_->routes; }

io::Task<void> Router::handle(io::http::Exchange& exchange) {
  const auto start = std::chrono::steady_clock::now();
  auto& request = exchange.request();
  auto match = state_->table.find(request.method, request.path);
  if (match.route) {
    const auto& route = state_->routes[*match.route];
    if (const auto* surface = std::get_if<AsyncHandler>(&route.handler)) {
      co_await (*surface)(exchange);
      co_return;
    }
  }
  const auto request_id = request_id_of(request);
  if (!match.route) {
    co_await answer(exchange, unmatched(state_->parts, request, match, request_id), request_id, {}, start);
    co_return;
  }
  const auto& route = state_->routes[*match.route];
  const auto call = make_call(request, match, request_id);
  if (const auto* streaming = std::get_if<StreamingHandler>(&route.handler)) {
    auto admitted = co_await Dispatch::admit_on_pool(*state_, route, call);
    if (!admitted) {
      co_await answer(exchange, problem(admitted.error(), request_id), request_id, call->caller.name, start);
      co_return;
    }
    co_await (*streaming)(exchange, *call);
    log_request(call->request, call->caller.name, 200, request_id, start);
    co_return;
  }
  auto response = co_await Dispatch::run_on_pool(*state_, route, call);
  if (response.status >= 400) state_->parts.metrics->count_event("api_problem", std::to_string(response.status));
  co_await answer(exchange, std::move(response), request_id, call->caller.name, start);
}

}  // namespace millwright::api
