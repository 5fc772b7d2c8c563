#include "api/openai/completions.hpp"

#include "api/openai/completions_wire.hpp"
#include "api/openai/surface.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::openai {
namespace {

struct Batch {
  CompletionsRequest request;
  gateway::Caller caller;
  std::string id = "cmpl-" + Id::generate().text();
  bool is_dry_run = false;
};

/// What the calls of one request have in common when all is done.
struct Totals {
  json::object answer;  // the last one: its members frame the whole
  json::array choices;
  json::object usage;
  Money cost;
};

/// The chunks of all calls as one stream of text completions.
class CompletionStream final : public gateway::ChunkSink {
 public:
  CompletionStream(io::http::Exchange& exchange, const Batch& batch) : exchange_(exchange), batch_(batch) {}

  void next(std::size_t prompt) { choices_.emplace(batch_.request, prompt); }
  [[nodiscard]] const json::object& usage() const { return usage_; }

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace& trace) override {
    if (exchange_.has_started()) co_return Result<void>();
    auto started = co_await exchange_.start_stream(event_stream_head(trace, rates));
    co_return started;
  }

  [[nodiscard]] io::Task<Result<void>> chunk(std::string_view json_text) override {
    auto parsed = parse_json_object(json_text, {64u << 20, 128}, JsonMemory::Pooled);
    if (!parsed) co_return pass(parsed);
    if (const auto* usage = find_member(*parsed, "usage"); usage != nullptr && usage->is_object()) {
      add_usage(usage_, usage->get_object());
    }
    auto choices = choices_->read(*parsed);
    if (choices.empty()) co_return Result<void>();
    last_ = completion_frame(*parsed, batch_.id, std::move(choices));
    if (batch_.request.wants_usage) last_["usage"] = nullptr;
    auto written = co_await say(json::serialize(last_));
    co_return written;
  }

  /// Usage when asked for, the cost as a comment, then the terminal event.
  [[nodiscard]] io::Task<void> end_well(Money cost) {
    buffer_.clear();
    if (batch_.request.wants_usage) {
      last_["choices"] = json::array();
      last_.erase("millwright");
      last_["usage"] = usage_;
      io::sse::append_event(buffer_, {}, json::serialize(last_));
    }
    io::sse::append_comment(buffer_, fmt::format("x-millwright-cost-usd: {}", render_decimal(cost)));
    io::sse::append_event(buffer_, {}, "[DONE]");
    auto written = co_await exchange_.write(buffer_);
    if (written) written = co_await exchange_.finish_stream();
  }

  /// An error event and no terminal event: a client must not take the answer for whole.
  [[nodiscard]] io::Task<void> end_badly(const gateway::ChatOutcome& outcome) {
    auto written = co_await say(error_json(*outcome.error, outcome.error_from_provider, outcome.trace.id.text()));
    if (written) written = co_await exchange_.finish_stream();
  }

 private:
  io::Task<Result<void>> say(std::string data) {
    buffer_.clear();
    io::sse::append_event(buffer_, {}, data);
    auto written = co_await exchange_.write(buffer_);
    co_return written;
  }

  io::http::Exchange& exchange_;
  const Batch& batch_;
  std::optional<CompletionChoices> choices_;  // of the prompt that is being answered
  json::object last_, usage_;
  std::string buffer_;
};

Result<Batch> read_batch(const io::http::Request& http, const Parts& parts) {
  auto caller = read_caller(http, parts);
  if (!caller) return pass(caller);
  auto body = parse_json_object(http.body, {}, JsonMemory::Pooled);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    return pass(body);
  }
  auto request = parse_completions_request(std::move(*body));
  if (!request) return pass(request);
  Batch batch;
  batch.request = std::move(*request);
  batch.caller = std::move(*caller);
  batch.is_dry_run = http.headers.find("x-millwright-dry-run") == "1";
  if (!batch.is_dry_run) return batch;
  batch.request.is_streamed = false;
  batch.request.prompts.resize(1);
  return batch;
}

Result<gateway::ChatCall> make_call(const Batch& batch, std::size_t prompt, gateway::ChunkSink* sink,
                                    io::http::Exchange& exchange) {
  auto chat = gateway::parse_chat_request(chat_of(batch.request, prompt));
  if (!chat) return pass(chat);
  gateway::ChatCall call;
  take_over(call.request, std::move(*chat));
  if (sink == nullptr) call.request.is_streamed = false;
  call.caller = batch.caller;
  call.surface = sink != nullptr ? "completions.stream" : "completions";
  call.is_dry_run = batch.is_dry_run;
  call.sink = sink;
  call.on_client_gone = [&exchange](std::function<void()> gone) { exchange.on_client_gone(std::move(gone)); };
  return call;
}

Result<void> add_answer(Totals& totals, const gateway::ChatOutcome& outcome, const Batch& batch, std::size_t prompt) {
  auto answer = parse_json_object(outcome.body, {64u << 20, 128});
  if (!answer) return pass(answer);
  CompletionChoices reader(batch.request, prompt);
  for (auto& choice : reader.read(*answer)) totals.choices.push_back(std::move(choice));
  if (const auto* usage = find_member(*answer, "usage"); usage != nullptr && usage->is_object()) {
    add_usage(totals.usage, usage->get_object());
  }
  totals.answer = std::move(*answer);
  return {};
}

io::http::Response whole_answer(const Totals& totals, const Batch& batch, gateway::ChatOutcome& outcome) {
  io::http::Response response;
  response.headers.set("Content-Type", "application/json");
  if (batch.is_dry_run) {
    response.body = std::move(outcome.body);
    return response;
  }
  auto body = completion_frame(totals.answer, batch.id, totals.choices);
  if (!totals.usage.empty()) body["usage"] = totals.usage;
  if (auto* members = body.if_contains("millwright"); members != nullptr && members->is_object()) {
    members->get_object()["cost_usd"] = render_decimal(totals.cost);
  }
  response.body = json::serialize(body);
  return response;
}

io::Task<void> finish(io::http::Exchange& exchange, const Batch& batch, CompletionStream& stream, Totals totals,
                      gateway::ChatOutcome outcome) {
  if (exchange.has_started()) {
    if (outcome.error)
      co_await stream.end_badly(outcome);
    else
      co_await stream.end_well(totals.cost);
    co_return;
  }
  auto response = outcome.error ? error_response(*outcome.error, outcome.error_from_provider, outcome.trace.id.text())
                                : whole_answer(totals, batch, outcome);
  add_call_headers(response.headers, outcome.trace, CostHeader::Add);
  response.headers.set("x-millwright-cost-usd", render_decimal(totals.cost));
  add_rate_headers(response.headers, outcome.rates);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;  // the caller has gone; the calls are settled
}

}  // namespace

io::Task<void> completions(Parts parts, io::http::Exchange& exchange) {
  auto batch = read_batch(exchange.request(), parts);
  if (!batch) {
    auto refused = co_await exchange.send(error_response(batch.error(), false, Id::generate().text()));
    (void)refused;
    co_return;
  }
  CompletionStream stream(exchange, *batch);
  gateway::ChunkSink* const sink = batch->request.is_streamed ? &stream : nullptr;
  Totals totals;
  gateway::ChatOutcome outcome;
  for (std::size_t prompt = 0; prompt < batch->request.prompts.size(); ++prompt) {
    stream.next(prompt);
    auto call = make_call(*batch, prompt, sink, exchange);
    if (call) {
      outcome = co_await parts.gateway->chat(std::move(*call));
      rename_messages(outcome, "prompt");
      totals.cost = totals.cost + outcome.trace.cost;
    } else {
      outcome.error = std::move(call.error());
    }
    if (!outcome.error && sink == nullptr && !batch->is_dry_run) {
      auto added = add_answer(totals, outcome, *batch, prompt);
      if (!added) outcome.error = std::move(added.error());
    }
    if (outcome.error) break;
  }
  co_await finish(exchange, *batch, stream, std::move(totals), std::move(outcome));
}

}  // namespace millwright::api::openai
