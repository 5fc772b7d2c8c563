#include "features/gateway/pipeline.hpp"

#include <exception>
#include <future>

#include <spdlog/spdlog.h>

#include "base/text.hpp"

namespace millwright::gateway {

ChatPipeline::ChatPipeline(Gateway::State& shared, ChatCall given)
    : shared_(shared),
      call_(std::move(given)),
      config_(shared.config.load()),
      started_(std::chrono::steady_clock::now()) {
  trace_.decisions.reserve(8);
  trace_.spans.reserve(4);
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
  if (call_.prepared != nullptr && !call_.prepared->facts.trace.is_none()) {
    hold_.settle(0, 1, shared_.parts.clock->now());   // its tokens are counted when the batch has answered
    co_return std::move(outcome_);
  }
  if (!call_.is_dry_run) {
    auto settled = co_await settle();
    if (!settled && !outcome_.error) outcome_.error = std::move(settled.error());
  }
  settle_limits();
  if (!outcome_.error && has_answer_ && !give_at_once()) {
    auto delivered = co_await deliver();
    if (!delivered) outcome_.error = std::move(delivered.error());
  }
  if (shadow_body_ && has_answer_ && !outcome_.error) start_shadow();
  if (call_.shadowed) note_shadow_spend();
  shared_.parts.metrics->count_request(trace_);
  co_return std::move(outcome_);
}

io::Task<Result<void>> ChatPipeline::serve() {
  auto resolved = resolve();
  if (!resolved) co_return resolved;
  if (!enter_room()) {
    auto entered = co_await wait_for_room();
    if (!entered) co_return entered;
  }
  bind_limits();
  if (auto needs = prompt_token_needs(); !needs.empty()) {
    auto counted = co_await count_prompt(std::move(needs));
    if (!counted) co_return counted;
  }
  for (const auto stage : {&ChatPipeline::check_limits, &ChatPipeline::take_limits, &ChatPipeline::guard_input}) {
    auto passed = (this->*stage)();
    if (!passed) co_return passed;
  }
  if (find_cached()) {
    has_answer_ = true;
    co_return Result<void>();
  }
  if (is_retrieved()) {
    auto retrieved = co_await retrieve();
    if (!retrieved) co_return retrieved;
  }
  if (auto needs = context_needs(); !needs.empty()) {
    auto counted = co_await count_for_contexts(std::move(needs));
    if (!counted) co_return counted;
  }
  auto planned = plan_route();
  if (!planned) co_return planned;
  if (is_compressible()) {
    auto compressed = co_await compress();
    if (!compressed) co_return compressed;
  }
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

}  // namespace millwright::gateway
