// Money is reserved, models are tried in order, chunks are guarded and passed on.
#include <spdlog/spdlog.h>

#include "features/gateway/bounds.hpp"
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/token_counts.hpp"

namespace millwright::gateway {
namespace {

constexpr std::int64_t tightened_bytes_max = 512 << 10;   // some milliseconds on the loop
constexpr std::size_t kept_text_bytes_max = 1u << 20;   // of a stream: for citations, cache and estimates

void append_content(std::string& text, const json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  if (choices == nullptr || !choices->is_array() || text.size() > kept_text_bytes_max) return;
  for (const auto& choice : choices->get_array()) {
    const auto* delta = choice.is_object() ? find_member(choice.get_object(), "delta") : nullptr;
    const auto* index = choice.is_object() ? find_member(choice.get_object(), "index") : nullptr;
    if (delta == nullptr || !delta->is_object() || (index != nullptr && *index != 0)) continue;
    text += string_member(delta->get_object(), "content");
  }
}

/// Of two reasons why no model can be called, the one that passes sooner.
void keep_sooner(Result<void>& last, Error error) {
  const auto wait = [](const Error& reason) { return reason.retry_after.value_or(Duration::max()); };
  if (last.error().code == ErrorCode::Unavailable && !last.error().retry_after) last = std::unexpected(std::move(error));
  else if (wait(error) < wait(last.error())) last = std::unexpected(std::move(error));
}

bool is_finish(const json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  if (choices == nullptr || !choices->is_array()) return false;
  return std::ranges::any_of(choices->get_array(), [](const json::value& choice) {
    const auto* reason = choice.is_object() ? find_member(choice.get_object(), "finish_reason") : nullptr;
    return reason != nullptr && reason->is_string();
  });
}

}  // namespace

Duration ChatPipeline::time_left() const {
  const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started_);
  return std::max(shared_.parts.call_timeout - used, Duration(0));
}

std::unexpected<Error> ChatPipeline::out_of_time() const {
  auto error = fail(ErrorCode::Timeout, "the call took longer than the {} s that this server gives one",
                    shared_.parts.call_timeout.count() / 1000);
  error.error().rule = "server.limits.request_timeout";
  return error;
}

Money ChatPipeline::worst_case_of(const Candidate& candidate) const {
  if (is_media(call_.request.operation)) {
    return worst_case_of_media(call_.request.operation, call_.request.media,
                               static_cast<std::int64_t>(call_.request.text_bytes), *candidate.model, *candidate.price,
                               trace_.start);
  }
  const bool has_output = call_.request.operation == Operation::Chat;
  const auto most = output_limit(*candidate.model);
  const auto limit = !has_output          ? 0
                     : output_tokens_ > 0 ? std::min(most, candidate.model->context_tokens)
                                          : most;
  auto input = input_tokens_bound_;
  if (candidate.model->is_tokeniser_certain) {
    const auto tight = tight_bounds_.find(*candidate.model->tokeniser.encoding);
    if (tight != tight_bounds_.end()) input = tight->second;
  }
  const auto bounds = bounds_of(body_, {input, limit, candidate.model->context_tokens});
  return finops::worst_case(bounds, *candidate.price, trace_.start);
}

/// Tokens instead of bytes, where the candidates' own encodings are known: worth its time only when money is short.
void ChatPipeline::tighten_input_bound() {
  if (call_.request.operation != Operation::Chat || input_tokens_bound_ > tightened_bytes_max) return;
  for (const auto& candidate : candidates_) {
    if (!candidate.model->is_tokeniser_certain) continue;
    const auto encoding = *candidate.model->tokeniser.encoding;
    if (tight_bounds_.contains(encoding)) continue;
    tight_bounds_[encoding] = input_tokens_bound_ - bound_slack(body_, encoding);
  }
}

finops::CallFacts ChatPipeline::facts() const {
  finops::CallFacts facts;
  facts.trace = trace_.id;
  facts.time = trace_.start;
  facts.use_case = trace_.use_case;
  facts.team = trace_.team;
  facts.user = trace_.user;
  facts.key = call_.caller.principal->key_id.text();
  facts.environment = trace_.environment;
  facts.model = trace_.model;
  facts.provider = trace_.provider;
  facts.release = trace_.release;
  facts.surface = trace_.surface;
  return facts;
}

io::Task<Result<void>> ChatPipeline::reserve(const Candidate& candidate) {
  telemetry::SpanTimer timer(trace_, "reserve");
  finops::AdmitRequest request;
  request.facts = facts();
  request.attempt = attempt_number_;
  request.price = candidate.price;
  const auto worst_case = worst_case_of(candidate);
  request.worst_case = worst_case;
  request.may_exceed_budget = call_.may_exceed_budget;
  request.tightened = [this, &candidate]() {
    tighten_input_bound();
    return worst_case_of(candidate);
  };
  auto admitted = co_await shared_.parts.accounts->admit(std::move(request));
  // What was asked for at once; where money was short, a tighter bound may have been found meanwhile.
  const auto reserved = tight_bounds_.empty() ? worst_case : worst_case_of(candidate);
  if (!admitted) {
    decide("budget", "deny", admitted.error().rule, {{"worst_case_usd", render_decimal(reserved)}});
    co_return pass(admitted);
  }
  decide("budget", "reserve", "budget", {{"worst_case_usd", render_decimal(reserved)}});
  flight_ = std::move(*admitted);
  co_return Result<void>();
}

io::Task<Result<void>> ChatPipeline::call_models() {
  Result<void> last = fail(ErrorCode::Unavailable, "no model was called");
  if (route_state_ != nullptr) route_state_->retries.earn(route_->retry_budget.basis_points, route_->retry_budget.burst);
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const auto& candidate = candidates_[i];
    if (candidate.is_tried) continue;
    if (time_left() == Duration(0)) co_return out_of_time();
    if (auto error = find_model_limit(candidate)) {
      if (trace_.attempts == 0) keep_sooner(last, std::move(*error));   // what a model answered says more
      continue;
    }
    if (auto error = left_alone(candidate)) {
      leave_model();
      last = std::unexpected(std::move(*error));
      continue;
    }
    served_by_ = &candidate;
    if (i > 0) {
      if (!flight_.is_open()) {
        // The attempt before was billed and is booked: this one is a call of its own.
        auto reserved = co_await reserve(candidate);
        if (!reserved) co_return reserved;
      }
      auto switched = flight_.switch_model(candidate.model->name, candidate.model->provider, *candidate.price,
                                           worst_case_of(candidate));
      if (!switched) co_return switched;
      decide("route", "fallback", "route:" + route_->name,
             {{"model", candidate.model->name}, {"after", last ? "" : last.error().message}});
      trace_.model = candidate.model->name;
      trace_.provider = candidate.model->provider;
    }
    bool may_fall_back = true;
    last = co_await try_model(candidate, may_fall_back);
    if (last || !may_fall_back) break;
  }
  co_return last;
}

/// What to say when the model's breaker is open; else the model may be called, and report_health must follow.
std::optional<Error> ChatPipeline::left_alone(const Candidate& candidate) {
  const auto& name = candidate.model->name;
  const auto wait = shared_.breakers.ask(name, shared_.parts.clock->now());
  if (!wait) return std::nullopt;
  auto error = fail(ErrorCode::Unavailable, "the model {} failed too often and is left alone for a moment", name);
  error.error().rule = "breaker:" + name;
  error.error().retry_after = *wait;
  decide("route", "skip", error.error().rule, {{"model", name}, {"retry_after_ms", wait->count()}});
  return std::move(error.error());
}

void ChatPipeline::report_health(const Candidate& candidate, const ProviderFailure* failure, SteadyTime began) {
  auto outcome = Breakers::Outcome::Success;
  const auto now = std::chrono::steady_clock::now();
  const auto wait = call_.request.is_streamed ? Wait::FirstToken : Wait::Whole;
  auto took = std::chrono::duration_cast<Duration>(now - began);
  if (failure != nullptr) {
    const auto code = failure->error.code;
    const bool is_providers = code == ErrorCode::UpstreamFailed || code == ErrorCode::Timeout || code == ErrorCode::Unavailable;
    const bool is_ours = cancellation_.is_cancelled() || is_blocked_ || time_left() == Duration(0);
    outcome = is_providers && !is_ours ? Breakers::Outcome::Failure : Breakers::Outcome::Unrelated;
    const bool is_slow = !is_ours && (is_providers || code == ErrorCode::RateLimited);
    if (is_slow && candidate.state) candidate.state->note_failure(wait, took, steady_ms(now));
  } else if (candidate.state) {
    const auto first = started_ + std::chrono::microseconds(trace_.first_token_us);
    if (wait == Wait::FirstToken && first > began) took = std::chrono::duration_cast<Duration>(first - began);
    candidate.state->note(wait, took, steady_ms(now));
  }
  const auto& name = candidate.model->name;
  if (!shared_.breakers.report(name, outcome, candidate.breaker, shared_.parts.clock->now())) return;
  spdlog::warn("model={} provider={} left alone after repeated failures: {}", name, candidate.model->provider,
               failure->error.message);
  shared_.parts.metrics->count_event("breaker_open", name);
}

io::Task<Result<void>> ChatPipeline::try_model(const Candidate& candidate, bool& may_fall_back) {
  for (int tried = 0;; ++tried) {
    if (!flight_.is_open()) {
      auto reserved = co_await reserve(candidate);
      if (!reserved) {
        may_fall_back = false;
        co_return reserved;
      }
    }
    ++trace_.attempts;
    const auto span = static_cast<std::int32_t>(trace_.spans.size());
    telemetry::SpanTimer timer(trace_, "provider " + candidate.model->provider);
    flight_.mark_sent();
    was_sent_ = true;
    auto result = co_await attempt(candidate);
    timer.close();
    if (result) {
      take_over(answer_, std::move(*result));
      has_answer_ = true;
      trace_.provider_model = answer_.provider_model;
      co_return Result<void>();
    }
    auto& failure = result.error();
    trace_.spans[static_cast<std::size_t>(span)].attributes =
        json::serialize(json::object{{"status", failure.status}, {"error", failure.error.message}});
    outcome_.error_from_provider = failure.error.code != ErrorCode::Cancelled && !is_blocked_;
    if (cancellation_.is_cancelled() || has_begun_ || is_blocked_) {
      may_fall_back = false;
      answer_.usage = failure.usage;
      answer_.provider_request = failure.provider_request;
      is_usage_estimated_ = failure.is_usage_estimated;
      answer_.service_tier = failure.service_tier;
      co_return std::unexpected(std::move(failure.error));
    }
    if (failure.may_be_billed) {
      auto booked = co_await book_failed_attempt(failure, *served_by_);
      if (!booked) {
        may_fall_back = false;
        co_return booked;
      }
    }
    was_sent_ = false;
    may_fall_back = route_->fallback_on.includes(failure);
    const auto wait = wait_before_retry(candidate, failure, tried);
    if (!wait) co_return std::unexpected(std::move(failure.error));
    auto slept = co_await io::sleep_for(*wait);
    if (!slept || cancellation_.is_cancelled()) {
      may_fall_back = false;
      co_return fail(ErrorCode::Cancelled, "the caller went away");
    }
    // Others may have opened its breaker meanwhile: what this call met is then its answer.
    if (left_alone(candidate)) co_return std::unexpected(std::move(failure.error));
    if (served_by_ != &candidate) {
      served_by_ = &candidate;   // a second attempt had taken its place
      trace_.model = candidate.model->name;
      trace_.provider = candidate.model->provider;
    }
  }
}

io::Task<Result<void>> ChatPipeline::book_failed_attempt(const ProviderFailure& failure, const Candidate& candidate) {
  telemetry::Trace attempt_trace = trace_;
  attempt_trace.status = telemetry::TraceStatus::Failed;
  attempt_trace.http_status = failure.status;
  attempt_trace.error_message = failure.error.message;
  attempt_trace.model = candidate.model->name;
  finops::Usage usage = failure.usage ? finops::Usage{*failure.usage, failure.is_usage_estimated, {}} : estimated_usage();
  if (is_media(call_.request.operation)) usage = media_usage(failure.usage);
  usage.provider_request = failure.provider_request;
  usage.tier = finops::find_tier(failure.service_tier);
  auto settled = co_await flight_.settle(attempt_trace, usage);
  count_booked(attempt_trace.tokens, model_use_);
  note_spend(attempt_trace);
  ++attempt_number_;
  co_return settled;
}

ProviderCall ChatPipeline::make_call(const Candidate& candidate, json::object& body,
                                     const io::http::Cancellation& cancellation) const {
  const auto limit = output_limit(*candidate.model);
  if (call_.request.operation == Operation::Chat) set_limits(body, *candidate.model, limit, call_.request.is_streamed);
  else body["model"] = candidate.model->id;
  ProviderCall call;
  call.model = candidate.model;
  call.operation = call_.request.operation;
  call.body = &body;
  call.is_streamed = call_.request.is_streamed;
  call.question = question_;
  call.passages = &passages_;
  call.best_possible_score = best_possible_score_;
  call.timeout = std::min(route_->timeout, time_left());
  call.idle_timeout = std::min(route_->idle_timeout, time_left());
  call.dialect_headers = &call_.request.dialect_headers;
  call.cancellation = &cancellation;
  return call;
}

io::Task<ProviderResult> ChatPipeline::attempt(const Candidate& candidate) {
  stream_guard_ = call_.request.is_streamed ? std::make_unique<OutputStreamGuard>(*config_->guard) : nullptr;
  held_.clear();
  mark_prompt_prefix(candidate, body_, is_prefix_marked_);
  if (is_raced()) {
    auto raced = co_await race(candidate);
    co_return raced;
  }
  auto call = make_call(candidate, body_, cancellation_);
  const auto request_id = trace_.id.text();
  call.request_id = request_id;
  const auto began = std::chrono::steady_clock::now();
  const auto place = candidate.state ? candidate.state->begin() : Counted();
  const OnChunk on_chunk = [this](json::object chunk) { return this->on_chunk(std::move(chunk)); };
  if (is_media(call.operation)) {
    auto heard = co_await attempt_media(candidate, call);
    report_health(candidate, heard ? nullptr : &heard.error(), began);
    co_return heard;
  }
  auto result = co_await candidate.provider->chat(call, on_chunk);
  if (result && result->usage) {
    flight_.stage({*result->usage, false, result->provider_request, finops::find_tier(result->service_tier)});
  }
  report_health(candidate, result ? nullptr : &result.error(), began);
  co_return result;
}

io::Task<Result<void>> ChatPipeline::on_chunk(json::object chunk) {
  if (time_left() == Duration(0)) co_return out_of_time();
  if (trace_.first_token_us == 0) {
    trace_.first_token_us = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_).count());
  }
  const auto* usage = find_member(chunk, "usage");
  const bool has_usage = usage != nullptr && usage->is_object();
  const auto* choices = find_member(chunk, "choices");
  const bool is_usage_only = has_usage && (choices == nullptr || !choices->is_array() || choices->get_array().empty());
  if (is_usage_only) {
    if (call_.request.wants_usage) held_.push_back(std::move(chunk));
    co_return Result<void>();
  }
  if (!call_.request.wants_usage) chunk.erase("usage");
  auto guarded = stream_guard_->feed(std::move(chunk));
  if (stream_guard_->verdict().action == policy::Action::Block) {
    is_blocked_ = true;
    auto error = fail(ErrorCode::PolicyRefused, "the answer held what must not leave and was stopped");
    error.error().rule = "guard.output";
    co_return error;
  }
  if (!guarded) co_return Result<void>();
  append_content(outcome_.text, *guarded);
  if (is_finish(*guarded) || !held_.empty()) {
    held_.push_back(std::move(*guarded));   // the end of the answer waits for its ledger row
    co_return Result<void>();
  }
  auto sent = co_await send_chunk(std::move(*guarded));
  co_return sent;
}

io::Task<Result<void>> ChatPipeline::send_chunk(json::object chunk) {
  if (!has_begun_) {
    Result<void> begun;
    (call_.object_sink != nullptr ? call_.object_sink->rates : call_.sink->rates) = outcome_.rates;
    if (call_.object_sink != nullptr) begun = co_await call_.object_sink->begin(trace_);
    else begun = co_await call_.sink->begin(trace_);
    if (!begun) co_return begun;
    has_begun_ = true;
  }
  if (call_.object_sink != nullptr) {
    auto passed = co_await call_.object_sink->chunk(std::move(chunk));
    if (!passed) co_return pass(passed);
    trace_.response_bytes += static_cast<std::uint32_t>(*passed);
    co_return Result<void>();
  }
  const auto text = json::serialize(chunk);
  trace_.response_bytes += static_cast<std::uint32_t>(text.size());
  auto sent = co_await call_.sink->chunk(text);
  co_return sent;
}

}  // namespace millwright::gateway
