// To whom it may be sent: the route's plan, what providers offer, what policy allows.
#include "features/gateway/language.hpp"
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {

/// Bytes of text a token has, about; and the most it has in any prose or code.
constexpr std::int64_t bytes_a_token = 4, bytes_a_token_max = 6;
/// Of an answer whose length nobody knows.
constexpr std::int64_t expected_output_tokens = 500;

const ProviderConfig* find_account(const GatewayConfig& config, std::string_view name) {
  const auto found = std::ranges::find(config.providers, name, &ProviderConfig::name);
  return found == config.providers.end() ? nullptr : &*found;
}

/// Everything it takes to call a model.
Candidate make_candidate(const GatewayState& state, std::uint32_t index, Timestamp time) {
  Candidate candidate;
  candidate.model = &state.config.models[index];
  const auto provider = state.providers.find(candidate.model->provider);
  if (provider != state.providers.end()) candidate.provider = provider->second;
  candidate.price = &state.prices->find(candidate.model->name, time);
  if (const auto* account = find_account(state.config, candidate.model->provider)) candidate.breaker = account->breaker;
  if (state.board) candidate.state = state.board->models[index];
  return candidate;
}

const policy::ProviderFacts& facts_of(const GatewayConfig& config, std::string_view provider) {
  static const policy::ProviderFacts builtin{"builtin", "", "builtin", {}};
  const auto* account = find_account(config, provider);
  return account != nullptr ? account->facts : builtin;
}

}  // namespace

RequestTraits ChatPipeline::traits() const {
  RequestTraits traits;
  const auto& caller = call_.caller;
  traits.use_case = trace_.use_case;
  traits.task = trace_.task;
  traits.user = caller.user;
  traits.session = caller.session;
  traits.segment = caller.segment;
  traits.team = caller.principal->team;
  traits.key_name = caller.principal->key_name;
  traits.groups = caller.groups;
  traits.headers = caller.headers;
  traits.risk_tier = use_case_ != nullptr ? use_case_->tier : policy::RiskTier::T1;
  traits.data_class = data_class_;
  auto bytes = static_cast<std::int64_t>(call_.request.text_bytes + release_->prompt_text.size());
  for (const auto& passage : passages_) bytes += static_cast<std::int64_t>(passage.chunk.text.size());
  traits.prompt_tokens = bytes / bytes_a_token + 1;
  traits.prompt_tokens_least = bytes / bytes_a_token_max;
  traits.counted = context_tokens_;
  traits.output_tokens = output_tokens_ > 0 ? std::min(output_tokens_, expected_output_tokens) : expected_output_tokens;
  traits.is_streamed = call_.request.is_streamed;
  const auto& need = config_->config.routes_need;
  if (need.capabilities && call_.request.operation == Operation::Chat) traits.needs = needs_of(body_);
  if (need.language) traits.language = language_of(question_);
  if (call_.assumed) {
    traits.prompt_tokens = call_.assumed->prompt_tokens.value_or(traits.prompt_tokens);
    traits.prompt_tokens_least = call_.assumed->prompt_tokens.value_or(traits.prompt_tokens_least);
    traits.needs = traits.needs.joined(call_.assumed->needs);
    if (call_.assumed->language) traits.language = *call_.assumed->language;
  }
  if (traits.prompt_tokens > long_context_tokens) traits.needs.add(Capability::LongContext);
  return traits;
}

Result<void> ChatPipeline::plan_route() {
  trace_.data_class = policy::class_name(data_class_);
  trace_.policy_digest = config_->policy->digest().short_text();
  auto request = traits();
  std::string key;
  if (route_->affinity || !route_->rules.empty()) {
    key = call_.caller.principal->key_id.text();
    request.key = key;
  }
  const ModelStates states{&config_->config,      config_->board.get(), &shared_.breakers,
                           config_->prices.get(), trace_.start,         steady_ms(started_)};
  auto plan = gateway::plan_route(states, *route_, request, std::hash<Id>()(trace_.id));
  std::ranges::move(plan.decisions, std::back_inserter(trace_.decisions));
  if (plan.route != route_) {
    route_ = plan.route;
    trace_.route = route_->name;
  }
  route_state_ = plan.state;
  std::optional<Error> refusal;
  for (const auto index : plan.models) {
    auto candidate = make_candidate(*config_, index, trace_.start);
    if (candidate.provider && admit_candidate(candidate, refusal)) candidates_.push_back(std::move(candidate));
  }
  if (candidates_.empty()) return std::unexpected(refusal ? std::move(*refusal) : no_candidate(plan));
  if (wants_shadow()) shadow_body_ = body_;
  const auto& first = candidates_.front();
  const bool is_own = !route_->overflow || route_->overflow->to != first.model->name;
  if (route_state_ != nullptr && is_own && !call_.is_dry_run) route_place_ = Counted(route_state_->in_flight);
  trace_.model = first.model->name;
  trace_.provider = first.model->provider;
  decide("route", "choose", "route:" + route_->name,
         {{"model", first.model->name}, {"candidates", candidates_.size()}});
  return {};
}

bool ChatPipeline::admit_candidate(Candidate& candidate, std::optional<Error>& refusal) {
  const auto& model = *candidate.model;
  if (!candidate.provider->offers(call_.request.operation)) {
    decide("route", "skip", "route:" + route_->name,
           {{"model", model.name}, {"lacks", operation_name(call_.request.operation)}});
    return false;
  }
  policy::FlowQuery query;
  query.use_case = trace_.use_case;
  query.tier = use_case_ != nullptr ? use_case_->tier : policy::RiskTier::T1;
  query.data_class = data_class_;
  query.provider = &facts_of(config_->config, model.provider);
  query.region = call_.caller.region;
  const auto verdict = config_->policy->decide(query, trace_.start);
  decide("policy", verdict.is_allowed ? "allow" : "deny", verdict.rule,
         {{"model", model.name},
          {"provider", model.provider},
          {"class", policy::class_name(data_class_)},
          {"reason", verdict.reason}});
  if (verdict.is_allowed || refusal) return verdict.is_allowed;
  refusal.emplace();
  refusal->code = ErrorCode::PolicyRefused;
  refusal->message = verdict.reason;
  refusal->rule = verdict.rule;
  refusal->fix = verdict.fix;
  return false;
}

Error ChatPipeline::no_candidate(const RoutePlan& plan) const {
  Error error;
  error.rule = "route:" + route_->name;
  if (!plan.lacking.is_empty()) {
    error.code = ErrorCode::InvalidInput;
    error.message = fmt::format("no model of the route \"{}\" can do what the request asks for ({})", route_->name,
                                plan.lacking.text());
    error.fix = "Take it out of the request, or give the route a model whose capabilities list it.";
  } else if (plan.context_max > 0) {
    error.code = ErrorCode::TooLarge;
    error.where.field = "messages";
    error.message =
        fmt::format("the prompt does not fit into any model of the route \"{}\", which take {} tokens at most",
                    route_->name, plan.context_max);
  } else {
    error.code = ErrorCode::Unavailable;
    error.message = fmt::format("no model of the route \"{}\" can be called for {}", route_->name,
                                operation_name(call_.request.operation));
  }
  return error;
}

}  // namespace millwright::gateway
