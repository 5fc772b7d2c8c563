#include "api/raw/passthrough.hpp"

#include <algorithm>

#include "api/anthropic/surface.hpp"
#include "api/authenticate.hpp"
#include "api/openai/surface.hpp"
#include "api/surface.hpp"

namespace millwright::api::raw {
namespace {

constexpr std::string_view prefix = "/passthrough/";

/// The answer as it comes. Where no body may follow the head, it goes at once.
class Answer final : public gateway::RawSink {
 public:
  explicit Answer(io::http::Exchange& exchange) : exchange_(exchange) {}

  [[nodiscard]] io::Task<Result<void>> head(const telemetry::Trace& trace, std::uint16_t status,
                                            io::http::Headers headers) override {
    io::http::Response response;
    response.status = status;
    response.headers = std::move(headers);
    add_call_headers(response.headers, trace, CostHeader::Leave);
    is_bodyless_ =
        exchange_.request().method == io::http::Method::Head || status == 204 || status == 304 || status < 200;
    Result<void> begun;
    if (is_bodyless_)
      begun = co_await exchange_.send(std::move(response));
    else
      begun = co_await exchange_.start_stream(std::move(response));
    co_return begun;
  }
  [[nodiscard]] io::Task<Result<void>> write(std::string_view bytes) override {
    if (is_bodyless_) co_return Result<void>();
    auto written = co_await exchange_.write(bytes);
    co_return written;
  }
  /// A body that broke off is cut off here too: nobody must take it for whole.
  [[nodiscard]] io::Task<void> end(bool is_whole) {
    if (is_bodyless_) co_return;
    if (!is_whole) {
      exchange_.abort();
      co_return;
    }
    auto finished = co_await exchange_.finish_stream();
    (void)finished;  // the caller has gone; the call is settled
  }

 private:
  io::http::Exchange& exchange_;
  bool is_bodyless_ = false;
};

/// Libraries of other vendors keep their key elsewhere.
void find_key(io::http::Request& request) {
  if (!bearer_token(request).empty()) return;
  for (const auto* name : {"x-goog-api-key", "api-key"}) {
    if (const auto key = request.headers.find(name); !key.empty()) {
      request.headers.set("x-api-key", std::string(key));
      return;
    }
  }
  if (auto key = request.query_parameter("key")) request.headers.set("x-api-key", std::move(*key));
}

/// In the shape that the provider's own errors have.
io::http::Response error_of(const gateway::RawOutcome& outcome, const Parts& parts, std::string_view provider) {
  const auto state = parts.gateway->state();
  const auto& list = state->config.providers;
  const auto found = std::ranges::find(list, provider, &gateway::ProviderConfig::name);
  const bool is_anthropic = found != list.end() && found->kind == "anthropic";
  const auto id = outcome.trace.id.text();
  auto response = is_anthropic ? anthropic::error_response(*outcome.error, outcome.error_from_provider, id)
                               : openai::error_response(*outcome.error, outcome.error_from_provider, id);
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  add_rate_headers(response.headers, outcome.rates);
  return response;
}

}  // namespace

io::Task<void> pass_through(Parts parts, io::http::Exchange& exchange) {
  auto& request = exchange.request();
  find_key(request);
  auto caller = read_caller(request, *parts.keys, parts.clock->now());
  if (!caller) {
    auto refused = co_await exchange.send(openai::error_response(caller.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  Answer answer(exchange);
  gateway::RawCall call;
  call.caller = std::move(*caller);
  call.use_case = request.headers.find("x-millwright-use-case");
  // The target as it came: what is decoded once here must not be decoded again behind.
  const std::string_view target(request.target);
  const auto rest = target.starts_with(prefix) ? target.substr(prefix.size()) : std::string_view();
  const auto slash = std::min(rest.find('/'), rest.size());
  call.provider = rest.substr(0, slash);
  call.path = rest.substr(slash);
  call.method = request.method;
  call.headers = request.headers;
  call.body = std::move(request.body);
  call.sink = &answer;
  call.on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  const std::string provider = call.provider;
  auto outcome = co_await parts.gateway->pass_through(std::move(call));
  if (exchange.has_started()) {
    co_await answer.end(!outcome.error);
    co_return;
  }
  auto sent = co_await exchange.send(error_of(outcome, parts, provider));
  (void)sent;  // the caller has gone; the call is settled
}

}  // namespace millwright::api::raw
