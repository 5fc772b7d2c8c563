#include "features/gateway/pipeline.hpp"

#include <exception>
#include <future>

#include <spdlog/spdlog.h>

#include "base/text.hpp"

namespace millwright::gateway {

ChatPipeline::ChatPipeline(Gateway::State& shared, ChatCall given)
    : shared_(shared),
      in_flight_(shared.in_flight),
      call_(std::move(given)),
      config_(shared.config.load()),
      started_(std::chrono::steady_clock::now()) {
  trace_.start = shared.parts.clock->now();
  trace_.id = call_.trace ? *call_.trace : Id::generate_at(trace_.start);
  trace_.surface = call_.surface;
  trace_.is_streamed = call_.request.is_streamed;
  trace_.cache = "off";
  trace_.user = call_.caller.user;
  trace_.session = call_.caller.session;
  trace_.task = call_.caller.task;
  trace_.segment = call_.caller.segment;
  trace_.environment = call_.caller.environment;
  if (call_.caller.principal) {
    trace_.team = call_.caller.principal->team;
    trace_.key_name = call_.caller.principal->key_name;
    if (trace_.environment.empty()) trace_.environment = call_.caller.principal->environment;
  }
}

ChatPipeline::~ChatPipeline() {
  if (call_.on_client_gone) call_.on_client_gone(nullptr);
}

void ChatPipeline::decide(std::string_view stage, std::string_view verdict, std::string_view rule,
                          std::initializer_list<telemetry::EvidenceItem> evidence) {
  trace_.decisions.push_back(
      {std::string(stage), std::string(verdict), std::string(rule), telemetry::render_evidence(evidence)});
}

void ChatPipeline::decide(std::string_view stage, std::string_view verdict, std::string_view rule,
                          const std::map<std::string, std::int64_t>& counts) {
  json::object evidence;
  for (const auto& [type, count] : counts) evidence[type] = count;
  trace_.decisions.push_back({std::string(stage), std::string(verdict), std::string(rule), json::serialize(evidence)});
}

io::Task<ChatOutcome> ChatPipeline::run() {
  if (call_.on_client_gone) {
    call_.on_client_gone([this]() { give_up(); });
  }
  Result<void> served;
  try {
    served = co_await serve();
  } catch (const std::exception& e) {
    spdlog::error("call {} ended in an exception: {}", trace_.id.text(), e.what());
    served = fail(ErrorCode::Internal, "the gateway failed (error id {})", trace_.id.text());
  }
  if (!served) {
    const auto code = served.error().code;
    trace_.status = code == ErrorCode::Cancelled ? telemetry::TraceStatus::Cancelled
                    : meaning(code).http_status < 500 ? telemetry::TraceStatus::Refused
                                                      : telemetry::TraceStatus::Failed;
    trace_.http_status = meaning(code).http_status;
    trace_.error_code = meaning(code).name;
    trace_.error_message = served.error().message;
    outcome_.error = std::move(served.error());
    outcome_.body.clear();
    use_fallback_message();
  }
  if (call_.shadowed) compare_with_original();
  if (call_.prepared != nullptr && !call_.prepared->facts.trace.is_none()) co_return std::move(outcome_);
  if (!call_.is_dry_run) {
    auto settled = co_await settle();
    if (!settled && !outcome_.error) outcome_.error = std::move(settled.error());
  }
  if (!outcome_.error && has_answer_) {
    auto delivered = co_await deliver();
    if (!delivered) outcome_.error = std::move(delivered.error());
  }
  if (shadow_body_ && has_answer_ && !outcome_.error) start_shadow();
  if (call_.shadowed) note_shadow_spend();
  shared_.parts.metrics->count_request(trace_);
  co_return std::move(outcome_);
}

io::Task<Result<void>> ChatPipeline::serve() {
  for (const auto stage : {&ChatPipeline::resolve, &ChatPipeline::find_room, &ChatPipeline::check_limits,
                           &ChatPipeline::take_rate, &ChatPipeline::guard_input}) {
    auto passed = (this->*stage)();
    if (!passed) co_return passed;
  }
  if (find_cached()) {
    has_answer_ = true;
    co_return Result<void>();
  }
  auto retrieved = co_await retrieve();
  if (!retrieved) co_return retrieved;
  auto planned = plan_route();
  if (!planned) co_return planned;
  auto compressed = co_await compress();
  if (!compressed) co_return compressed;
  put_prompt_together();
  if (call_.is_dry_run) {
    render_dry_run();
    co_return Result<void>();
  }
  if (call_.prepared != nullptr) {
    give_prepared();
    co_return Result<void>();
  }
  auto reserved = co_await reserve(candidates_.front());
  if (!reserved) co_return reserved;
  auto called = co_await call_models();
  if (!called) co_return called;
  auto accepted = accept_answer();
  co_return accepted;
}

Gateway::Gateway(GatewayParts parts) : state_(std::make_unique<State>(parts)) {}
Gateway::~Gateway() = default;

void Gateway::replace_state(std::shared_ptr<const GatewayState> state) {
  auto next = std::make_shared<GatewayState>(*state);
  next->board = make_board(next->config, state_->config.load()->board.get());
  state_->has_header_rules.store(!next->config.routes_need.headers.empty(), std::memory_order_relaxed);
  state_->config.store(std::move(next));
}
void Gateway::use_background(BackgroundCalls& background) { state_->background.store(&background); }
std::shared_ptr<const GatewayState> Gateway::state() const { return state_->config.load(); }
void Gateway::replace_live(std::shared_ptr<const LiveTable> live) { state_->live.store(std::move(live)); }
std::shared_ptr<const LiveTable> Gateway::live() const { return state_->live.load(); }

io::Task<ChatOutcome> Gateway::chat(ChatCall call) {
  ChatPipeline pipeline(*state_, std::move(call));
  auto outcome = co_await pipeline.run();
  co_return outcome;
}

namespace {

io::Task<void> chat_for_thread(Gateway& gateway, ChatCall call, std::shared_ptr<std::promise<ChatOutcome>> promise) {
  try {
    auto outcome = co_await gateway.chat(std::move(call));
    promise->set_value(std::move(outcome));
  } catch (...) {
    promise->set_exception(std::current_exception());
  }
}

}  // namespace

ChatOutcome Gateway::chat_blocking(ChatCall call) {
  auto promise = std::make_shared<std::promise<ChatOutcome>>();
  auto future = promise->get_future();
  const auto loop = state_->next_loop.fetch_add(1, std::memory_order_relaxed) % state_->parts.runtime->loop_count();
  io::spawn(state_->parts.runtime->loop(loop), "chat",
            chat_for_thread(*this, std::move(call), promise));
  return future.get();
}

void Gateway::keep_headers(Caller& caller, const io::http::Headers& headers) const {
  constexpr std::size_t value_bytes_max = 256;
  if (!state_->has_header_rules.load(std::memory_order_relaxed)) return;
  const auto config = state_->config.load();
  for (const auto& name : config->config.routes_need.headers) {
    const auto value = trimmed(headers.find(name));
    if (!value.empty() && value.size() <= value_bytes_max) caller.headers.emplace_back(name, value);
  }
}

Result<void> Gateway::take_request(const identity::Principal& principal, std::optional<RateState>& state) {
  if (!principal.rpm) return {};
  const auto verdict = state_->rates.take(principal.key_id, RateLimiter::Unit::Requests, *principal.rpm, 1,
                                          state_->parts.clock->now());
  state = verdict.state;
  if (verdict.is_allowed) return {};
  return rate_refusal(RateLimiter::Unit::Requests, verdict.state);
}

std::vector<std::string> Gateway::models_for(const identity::Principal& principal) const {
  const auto config = state_->config.load();
  std::vector<std::string> names;
  for (const auto& use_case : config->config.use_cases) {
    if (principal.use_case.empty() || principal.use_case == use_case.name) names.push_back(use_case.name);
  }
  for (const auto& model : config->config.models) {
    if (principal.may_use_model(model.name)) names.push_back(model.name);
  }
  return names;
}

}  // namespace millwright::gateway
