#include "features/gateway/billed_call.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/gateway/texts.hpp"

namespace millwright::gateway {

BilledCall::BilledCall(Gateway::State& shared, Caller caller, std::string surface)
    : shared_(shared),
      caller_(std::move(caller)),
      config_(shared.config.load()),
      started_(std::chrono::steady_clock::now()) {
  trace.start = shared.parts.clock->now();
  trace.id = Id::generate_at(trace.start);
  trace.surface = std::move(surface);
  trace.cache = "off";
  trace.release = "none";
  trace.user = caller_.user;
  trace.session = caller_.session;
  trace.task = caller_.task;
  trace.segment = caller_.segment;
  trace.team = caller_.principal->team;
  trace.key_name = caller_.principal->key_name;
  trace.environment = caller_.principal->environment;
}

void BilledCall::decide(std::string_view stage, std::string_view verdict, std::string_view rule,
                        std::initializer_list<telemetry::EvidenceItem> evidence) {
  trace.decisions.push_back(
      {std::string(stage), std::string(verdict), std::string(rule), telemetry::render_evidence(evidence)});
}

Result<void> BilledCall::resolve(std::string_view named) {
  const auto& bound = caller_.principal->use_case;
  if (!bound.empty() && !named.empty() && named != bound) {
    auto error = millwright::fail(ErrorCode::Forbidden, "this key is bound to the use case \"{}\"", bound);
    error.error().rule = "key:" + caller_.principal->key_name;
    return error;
  }
  const std::string name(bound.empty() ? named : std::string_view(bound));
  const auto& list = config_->config.use_cases;
  const auto found = std::ranges::find(list, name, &UseCaseConfig::name);
  if (found == list.end()) {
    auto error =
        name.empty()
            ? millwright::fail(ErrorCode::Forbidden, "this key is bound to no use case, and the call names none")
            : millwright::fail(ErrorCode::NotFound, "there is no use case \"{}\"", utf8_prefix(name, 64));
    error.error().where.field = "x-millwright-use-case";
    error.error().fix = "Name the use case that the call counts for in the header x-millwright-use-case.";
    return error;
  }
  use_case_ = &*found;
  trace.use_case = use_case_->name;
  if (trace.team.empty()) trace.team = use_case_->owner;
  if (trace.environment.empty()) trace.environment = use_case_->environment;
  data_class_ = std::max(use_case_->data_class, caller_.declared_class.value_or(use_case_->data_class));
  if (!use_case_->is_paused) return {};
  auto error = millwright::fail(ErrorCode::Unavailable, "the use case \"{}\" is paused", use_case_->name);
  error.error().rule = "use_case.paused";
  return error;
}

Result<void> BilledCall::check_dry_run(const io::http::Headers& headers) {
  if (headers.find("x-millwright-dry-run") != "1") return {};
  auto error = millwright::fail(ErrorCode::InvalidInput, "what is passed on cannot be tried without being sent");
  error.error().where.field = "x-millwright-dry-run";
  return error;
}

Result<void> BilledCall::enter_room() {
  const auto entry = shared_.room->try_enter(use_case_->priority);
  if (entry == CallRoom::Entry::Entered) {
    place_ = RoomPlace(*shared_.room);
    return {};
  }
  auto error = room_refusal(*shared_.room, use_case_->priority, entry);
  const bool is_full = error.rule == "server.limits.requests";
  shared_.parts.metrics->count_event(is_full ? "overload" : "shed",
                                     is_full ? "requests" : priority_name(use_case_->priority));
  decide("priority", "shed", error.rule);
  return std::unexpected(std::move(error));
}

Result<void> BilledCall::take(std::span<const LimitAsk> asks, LimitHold& hold) {
  if (asks.empty()) return {};
  const auto now = shared_.parts.clock->now();
  CallRates states;
  auto taken = shared_.limits.counters().take(asks, now, states);
  const auto keep = [](std::optional<RateState>& shown, const std::optional<RateState>& state) {
    if (state && (!shown || state->remaining <= shown->remaining)) shown = state;
  };
  keep(rates.requests, states.requests);
  keep(rates.tokens, states.tokens);
  if (!taken) {
    auto error = refusal_error(taken.error(), now);
    decide("rate", "deny", error.rule, {{"limit", taken.error().limit}, {"retry_after_ms", error.retry_after->count()}});
    return std::unexpected(std::move(error));
  }
  for (const auto& ask : asks) decide("rate", "admit", ask.name);
  hold = std::move(*taken);
  return {};
}

Result<void> BilledCall::take_limits(std::int64_t tokens) {
  auto entered = enter_room();
  if (!entered) return entered;
  tokens_bound_ = tokens;
  const auto& key = *caller_.principal;
  is_admitted_ = config_->limits == nullptr && !key.has_own_limits();
  if (is_admitted_) return {};
  key_id_ = key.key_id.text();
  const LimitedCaller caller{key_id_, key.key_name, trace.user, trace.team, trace.use_case, key.rpm, key.tpm, key.concurrent};
  const auto bound = config_->limits ? limits_of(*config_->limits, caller) : std::vector<const Limit*>();
  const auto asks = asks_of(caller, bound, tokens);
  auto taken = take(asks, hold_);
  is_admitted_ = taken.has_value();
  return taken;
}

Result<void> BilledCall::guard_input(json::value& body, OnFinding on_finding) {
  const auto& guard = *config_->guard;
  auto verdict = policy::Action::Allow;
  json::object findings;
  std::string types;
  visit_texts(body, [&](json::string& text) {
    const auto scanned = guard.scan(std::string_view(text), policy::Direction::Input);
    bool is_all_removed = true;
    for (const auto& finding : scanned.findings) {
      auto& count = findings[finding.type];
      count = count.is_int64() ? count.get_int64() + 1 : 1;
      is_all_removed = is_all_removed && finding.action == policy::Action::Redact;
      if (finding.action != policy::Action::Allow && types.find(finding.type) == std::string::npos) {
        types += (types.empty() ? "" : ", ") + std::string(finding.type);
      }
    }
    if (scanned.findings.empty()) return;
    verdict = std::max(verdict, scanned.verdict);
    if (!is_all_removed) data_class_ = std::max(data_class_, scanned.data_class);
    if (scanned.verdict == policy::Action::Redact && on_finding == OnFinding::Redact) {
      text = guard.redact(std::string_view(text), scanned);
    }
  });
  if (findings.empty()) return {};
  const bool is_refused =
      verdict == policy::Action::Block || (verdict == policy::Action::Redact && on_finding == OnFinding::Refuse);
  trace.decisions.push_back({"guard.input", is_refused ? "block" : std::string(policy::action_name(verdict)), "guard",
                             json::serialize(findings)});
  if (!is_refused) return {};
  auto error = millwright::fail(ErrorCode::PolicyRefused, "the request holds what must not be sent ({})", types);
  error.error().rule = "guard.input";
  error.error().fix = verdict == policy::Action::Block
                          ? "Take it out and send the request again."
                          : "Take it out: what is passed through byte for byte cannot be changed on the way.";
  return error;
}

Result<void> BilledCall::check_flow(const policy::ProviderFacts& facts) {
  policy::FlowQuery query;
  query.use_case = trace.use_case;
  query.tier = use_case_->tier;
  query.data_class = data_class_;
  query.provider = &facts;
  query.region = caller_.region;
  trace.data_class = policy::class_name(data_class_);
  trace.policy_digest = config_->policy->digest().short_text();
  const auto verdict = config_->policy->decide(query, trace.start);
  decide("policy", verdict.is_allowed ? "allow" : "deny", verdict.rule,
         {{"provider", facts.name}, {"class", trace.data_class}, {"reason", verdict.reason}});
  if (verdict.is_allowed) return {};
  Error error;
  error.code = ErrorCode::PolicyRefused;
  error.message = verdict.reason;
  error.rule = verdict.rule;
  error.fix = verdict.fix;
  return std::unexpected(std::move(error));
}

finops::CallFacts BilledCall::facts() const {
  finops::CallFacts facts;
  facts.trace = trace.id;
  facts.time = trace.start;
  facts.use_case = trace.use_case;
  facts.team = trace.team;
  facts.user = trace.user;
  facts.key = caller_.principal->key_id.text();
  facts.environment = trace.environment;
  facts.model = trace.model;
  facts.provider = trace.provider;
  facts.release = trace.release;
  facts.surface = trace.surface;
  return facts;
}

io::Task<Result<void>> BilledCall::reserve(std::string_view model, std::string_view provider,
                                           const finops::ModelPrice& price, Money worst_case) {
  trace.model = model;
  trace.provider = provider;
  if (config_->limits && !is_tool_call_) {
    std::vector<LimitAsk> asks;
    for (const auto& limit : config_->limits->of(LimitScope::Model)) {
      if (limit.binds(model) && limit.has_counters()) asks.push_back(limit.ask(model, tokens_bound_));
    }
    auto taken = take(asks, model_hold_);
    if (!taken) co_return taken;
  }
  finops::AdmitRequest request;
  request.facts = facts();
  request.price = &price;
  request.worst_case = worst_case;
  auto admitted = co_await shared_.parts.accounts->admit(std::move(request));
  decide("budget", admitted ? "reserve" : "deny", admitted ? "budget" : admitted.error().rule,
         {{"worst_case_usd", render_decimal(worst_case)}});
  if (!admitted) co_return pass(admitted);
  flight_ = std::move(*admitted);
  co_return Result<void>();
}

void BilledCall::mark_sent() {
  ++trace.attempts;
  if (flight_.is_open()) flight_.mark_sent();
}

void BilledCall::note_status(std::uint16_t status) {
  trace.http_status = status;
  if (status >= 400) trace.status = status < 500 ? telemetry::TraceStatus::Refused : telemetry::TraceStatus::Failed;
}

void BilledCall::fail(Error error) {
  if (error_) return;
  const auto code = error.code;
  trace.status = code == ErrorCode::Cancelled      ? telemetry::TraceStatus::Cancelled
                 : meaning(code).http_status < 500 ? telemetry::TraceStatus::Refused
                                                   : telemetry::TraceStatus::Failed;
  trace.http_status = meaning(code).http_status;
  trace.error_code = meaning(code).name;
  trace.error_message = error.message;
  error_ = std::move(error);
}

Duration BilledCall::time_left() const {
  const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started_);
  return std::max(shared_.parts.call_timeout - used, Duration(1));
}

io::Task<Result<void>> BilledCall::settle(const finops::Usage& usage, const finops::ModelPrice* price) {
  trace.duration_us = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_).count());
  if (!is_admitted_) trace.provider.clear();   // a row without one is no call in a quota
  Result<void> settled;
  if (flight_.is_open()) {
    if (price != nullptr) flight_.reprice(*price);
    settled = co_await flight_.settle(trace, usage);
  } else {
    settled = co_await shared_.parts.accounts->record_free(trace, facts(), 0);
  }
  const auto used = counted_tokens(trace.tokens);
  const std::int64_t calls = is_counted_row(trace) ? 1 : 0;
  hold_.settle(used, calls, shared_.parts.clock->now());
  model_hold_.settle(used, calls, shared_.parts.clock->now());
  // What callers name themselves makes no series of its own.
  auto model = is_tool_call_ ? std::exchange(trace.model, {}) : std::string();
  shared_.parts.metrics->count_request(trace);
  if (is_tool_call_) trace.model = std::move(model);
  co_return settled;
}

}  // namespace millwright::gateway
