// Admission: room for the call by its priority, and every limit that binds it, all at once; then the limits of the
// model that serves; at the end what was really used.
#include "base/text.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/room_wait.hpp"

namespace millwright::gateway {
namespace {

std::int64_t choices_of(const json::object& body) {
  const auto* n = find_member(body, "n");
  return n != nullptr && n->is_int64() ? std::clamp<std::int64_t>(n->get_int64(), 1, 1'000) : 1;
}

void append_state(std::string& text, std::string_view name, const std::optional<RateState>& state) {
  if (!state) return;
  fmt::format_to(std::back_inserter(text), R"(,"{}":{{"limit":{},"remaining":{}}})", name, state->limit, state->remaining);
}

}  // namespace

Priority ChatPipeline::priority() const {
  if (call_.shadowed || call_.surface == "batch") return Priority::Background;  // nobody waits for its answer
  return use_case_ != nullptr ? use_case_->priority : Priority::Standard;
}

bool ChatPipeline::enter_room() {
  room_entry_ = shared_.room->try_enter(priority());
  if (room_entry_ != CallRoom::Entry::Entered) return false;
  place_ = RoomPlace(*shared_.room);
  return true;
}

io::Task<Result<void>> ChatPipeline::wait_for_room() {
  auto& room = *shared_.room;
  const auto name = priority_name(priority());
  const auto rule = fmt::format("priority.{}", name);
  if (room_entry_ == CallRoom::Entry::Full) {
    telemetry::SpanTimer timer(trace_, "wait for room");
    auto place = co_await wait_for_place(room, priority(), cancellation_);
    timer.close();
    if (cancellation_.is_cancelled()) co_return fail(ErrorCode::Cancelled, "the caller went away");
    if (place) {
      place_ = std::move(*place);
      decide("priority", "waited", rule, {{"in_flight", room.in_flight()}});
      co_return Result<void>();
    }
  }
  auto error = room_refusal(room, priority(), room_entry_);
  const bool is_full = error.rule == "server.limits.requests";
  shared_.parts.metrics->count_event(is_full ? "overload" : "shed", is_full ? "requests" : name);
  decide("priority", "shed", error.rule,
         {{"in_flight", room.in_flight()}, {"ceiling", room.ceiling(priority())}, {"late_loops", room.shed_level()}});
  co_return std::unexpected(std::move(error));
}

LimitedCaller ChatPipeline::limited_caller() const {
  const auto& principal = *call_.caller.principal;
  return {key_id_,        principal.key_name, trace_.user,          trace_.team, trace_.use_case,
          principal.rpm, principal.tpm,      principal.concurrent};
}

void ChatPipeline::bind_limits() {
  const auto& principal = *call_.caller.principal;
  const auto* limits = config_->limits.get();
  if (limits == nullptr && !principal.has_own_limits()) return;
  key_id_ = principal.key_id.text();
  if (limits != nullptr) bound_ = limits_of(*limits, limited_caller());
}

Result<void> ChatPipeline::check_limits() {
  const auto prompt_max = use_case_ != nullptr ? use_case_->max_prompt_bytes : 0;
  if (prompt_max > 0 && call_.request.text_bytes > static_cast<std::size_t>(prompt_max)) {
    auto error = fail(ErrorCode::TooLarge, "the prompt has {} of text, {} takes at most {}",
                      render_size(call_.request.text_bytes), use_case_->name,
                      render_size(static_cast<std::uint64_t>(prompt_max)));
    error.error().rule = "use_case.max_prompt";
    error.error().where.field = "messages";
    return error;
  }
  auto fits = check_prompt_tokens();
  if (!fits) return fits;
  output_tokens_ = call_.request.output_tokens_max.value_or(0);
  if (use_case_ != nullptr) cap_output(use_case_->max_output_tokens, "use_case.max_output_tokens");
  for (const auto* limit : bound_) {
    if (auto error = check_prompt(*limit, tokeniser_of(route_->targets.front().model))) {
      decide("limit", "deny", limit->rule, {{"prompt_bytes", call_.request.text_bytes}});
      return std::unexpected(std::move(*error));
    }
    cap_output(limit->config.output_tokens_max, limit->rule);
  }
  return {};
}

void ChatPipeline::cap_output(std::int64_t most, std::string_view rule) {
  if (most <= 0 || (output_tokens_ > 0 && output_tokens_ <= most)) return;
  if (output_tokens_ > 0) decide("limit", "capped", rule, {{"asked", output_tokens_}, {"limit", most}});
  output_tokens_ = most;
}

std::int64_t ChatPipeline::output_limit(const ModelConfig& model) const {
  auto tokens = output_tokens_ > 0 ? output_tokens_ : model.output_tokens_max;
  if (config_->limits == nullptr) return tokens;
  for (const auto& limit : config_->limits->of(LimitScope::Model)) {
    if (limit.config.output_tokens_max > 0 && limit.binds(model.name))
      tokens = std::min(tokens, limit.config.output_tokens_max);
  }
  return tokens;
}

/// The most the call can use: the prompt has `prompt` tokens at most, a token of the release's own has at least a byte,
/// and the answer ends where its limit is.
std::int64_t ChatPipeline::token_bound(std::int64_t prompt) const {
  const auto input = prompt + static_cast<std::int64_t>(release_->prompt_text.size());
  if (call_.request.operation != Operation::Chat) return std::max<std::int64_t>(input, 1);
  auto output = output_tokens_;
  if (output == 0) {
    for (const auto& model : config_->config.models) {
      if (may_serve(model.name)) output = std::max(output, output_limit(model));
    }
  }
  return input + output * choices_of(call_.request.body) + 1;
}

Result<void> ChatPipeline::take_limits() {
  if (call_.shadowed) return {};  // the caller asked once
  const auto& principal = *call_.caller.principal;
  const bool counts_tokens =
      principal.tpm || std::ranges::any_of(bound_, [](const Limit* limit) { return limit->tokens.is_set(); });
  const auto loose = counts_tokens ? token_bound(static_cast<std::int64_t>(call_.request.text_bytes)) : 0;
  asks_ = asks_of(limited_caller(), bound_, loose);
  if (asks_.empty()) return {};
  auto& counters = shared_.limits.counters();
  CallRates states;
  auto taken = counters.take(asks_, trace_.start, states);
  // Counting takes longer than everything else here: done when what is left is worth sharing out closely.
  if (counts_tokens && (taken ? !taken->has_ample_room() : taken.error().unit == LimitedUnit::Tokens)) {
    if (const auto tokens = token_bound(prompt_tokens_bound()); tokens < loose) {
      for (auto& ask : asks_) ask.token_amount = tokens;
      if (taken) taken->cancel();
      states = {};
      taken = counters.take(asks_, trace_.start, states);
    }
  }
  show_rates(states);
  if (!taken) {
    auto error = refusal_error(taken.error(), trace_.start);
    decide("rate", "deny", error.rule,
           {{"limit", taken.error().limit},
            {"retry_after_ms", error.retry_after->count()},
            {"exact", taken.error().is_exact}});
    return std::unexpected(std::move(error));
  }
  hold_ = std::move(*taken);
  decide_admitted(asks_, states);
  return {};
}

void ChatPipeline::decide_admitted(std::span<const LimitAsk> asks, const CallRates& states) {
  // Written by hand, as each call has it; the names are those of the configuration and hold nothing to escape.
  std::string evidence = "{\"limits\":[";
  evidence.reserve(256);
  for (const auto& ask : asks) {
    if (!evidence.ends_with('[')) evidence += ',';
    evidence.append("\"").append(ask.name) += '"';
  }
  evidence += ']';
  append_state(evidence, "requests", states.requests);
  append_state(evidence, "tokens", states.tokens);
  if (asks.front().token_amount > 0) fmt::format_to(std::back_inserter(evidence), R"(,"tokens_held":{})", asks.front().token_amount);
  evidence += '}';
  trace_.decisions.push_back({"rate", "admit", "limits", std::move(evidence)});
}

void ChatPipeline::show_rates(const CallRates& states) {
  const auto keep = [](std::optional<RateState>& shown, const std::optional<RateState>& state) {
    if (state && (!shown || state->remaining <= shown->remaining)) shown = state;
  };
  keep(outcome_.rates.requests, states.requests);
  keep(outcome_.rates.tokens, states.tokens);
}

std::optional<Error> ChatPipeline::find_model_limit(const Candidate& candidate) {
  if (config_->limits == nullptr) return std::nullopt;
  ModelUse use;
  if (auto error = take_model_limits(candidate, use)) return error;
  settle_model_use(model_use_);  // of the model before, whose answer did not come
  model_use_ = std::move(use);
  return std::nullopt;
}

std::optional<Error> ChatPipeline::take_model_limits(const Candidate& candidate, ModelUse& use) {
  if (config_->limits == nullptr) return std::nullopt;
  const auto& name = candidate.model->name;
  const auto tokens = input_tokens_bound_ + output_limit(*candidate.model) * choices_of(body_);
  for (const auto& limit : config_->limits->of(LimitScope::Model)) {
    if (!limit.binds(name)) continue;
    if (auto error = check_prompt(limit, candidate.model->tokeniser)) {
      decide("route", "skip", limit.rule, {{"model", name}, {"prompt_bytes", call_.request.text_bytes}});
      return error;
    }
    const auto most = limit.config.output_tokens_max;
    if (most > 0 && output_tokens_ > most) {
      decide("limit", "capped", limit.rule, {{"model", name}, {"asked", output_tokens_}, {"limit", most}});
    }
    if (limit.has_counters()) use.asks.push_back(limit.ask(name, tokens));
  }
  if (use.asks.empty()) return std::nullopt;
  CallRates states;
  const auto now = shared_.parts.clock->now();
  auto taken = shared_.limits.counters().take(use.asks, now, states);
  if (!taken) {
    auto error = refusal_error(taken.error(), now);
    decide("route", "skip", error.rule, {{"model", name}, {"retry_after_ms", error.retry_after->count()}});
    return error;
  }
  show_rates(states);
  decide_admitted(use.asks, states);
  use.hold = std::move(*taken);
  return std::nullopt;
}

void ChatPipeline::leave_model() {
  model_use_.hold.cancel();
  model_use_ = ModelUse();
}

void ChatPipeline::count_booked(const telemetry::TokenCounts& tokens, ModelUse& use) {
  const auto used = counted_tokens(tokens);
  booked_tokens_ += used;
  use.tokens += used;
  ++use.rows;
}

CallRates ChatPipeline::settle_model_use(ModelUse& use) {
  return use.hold.is_empty() ? CallRates() : use.hold.settle(use.tokens, use.rows, shared_.parts.clock->now());
}

void ChatPipeline::settle_limits() {
  if (hold_.is_empty() && model_use_.hold.is_empty()) return;
  const bool has_row = !call_.is_dry_run && is_counted_row(trace_);
  const bool is_counted = attempt_number_ > 0 || has_row;
  if (has_row) count_booked(trace_.tokens, model_use_);
  outcome_.rates = hold_.settle(booked_tokens_, is_counted ? 1 : 0, shared_.parts.clock->now());
  show_rates(settle_model_use(model_use_));
}

}  // namespace millwright::gateway
