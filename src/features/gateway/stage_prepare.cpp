// What may be sent and to whom: input guard, cache, retrieval, policy, route.
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/texts.hpp"

namespace millwright::gateway {
namespace {

/// Finds the model of a name with all it takes to call it; models are few, so a scan is a look-up.
Candidate make_candidate(const GatewayState& config, std::string_view name, Timestamp time) {
  Candidate candidate;
  for (const auto& model : config.config.models) {
    if (model.name == name) candidate.model = &model;
  }
  if (candidate.model == nullptr) return candidate;
  const auto provider = config.providers.find(candidate.model->provider);
  if (provider != config.providers.end()) candidate.provider = provider->second;
  candidate.price = &config.prices->find(name, time);
  for (const auto& account : config.config.providers) {
    if (account.name == candidate.model->provider) candidate.breaker = account.breaker;
  }
  return candidate;
}

const policy::ProviderFacts& facts_of(const GatewayState& config, std::string_view provider) {
  static const policy::ProviderFacts builtin{"builtin", "", "builtin", {}};
  for (const auto& known : config.config.providers) {
    if (known.name == provider) return known.facts;
  }
  return builtin;
}

}  // namespace

Result<void> ChatPipeline::guard_input() {
  take_over(body_, std::move(call_.request.body));
  policy::Action verdict = policy::Action::Allow;
  std::map<std::string, std::int64_t> findings;
  policy::DataClass found = policy::DataClass::Public;
  const auto& guard = *config_->guard;
  visit_request_texts(body_, [&](json::string& text) {
    const auto scanned = guard.scan(std::string_view(text), policy::Direction::Input);
    if (scanned.findings.empty()) return;
    verdict = std::max(verdict, scanned.verdict);
    bool is_all_removed = true;
    for (const auto& finding : scanned.findings) {
      ++findings[std::string(finding.type)];
      is_all_removed = is_all_removed && finding.action == policy::Action::Redact;
    }
    // What is taken out of the text does not make it more confidential; what stays in does.
    if (!is_all_removed) found = std::max(found, scanned.data_class);
    if (scanned.verdict == policy::Action::Redact) text = guard.redact(std::string_view(text), scanned);
  });
  data_class_ = std::max(data_class_, found);
  if (findings.empty()) return {};
  decide("guard.input", policy::action_name(verdict), "guard", findings);
  if (verdict != policy::Action::Block) return {};
  std::string types;
  for (const auto& [type, count] : findings) types += (types.empty() ? "" : ", ") + type;
  auto error = fail(ErrorCode::PolicyRefused, "the request holds what must not be sent to a model ({})", types);
  error.error().rule = "guard.input";
  error.error().where.field = "messages";
  error.error().fix = "Take it out and send the request again.";
  return error;
}

bool ChatPipeline::is_cacheable() const {
  if (call_.request.operation != Operation::Chat) return false;
  if (use_case_ == nullptr || !use_case_->is_cache_on || call_.skip_cache || call_.is_dry_run) return false;
  if (call_.surface == "evaluation") return false;
  const auto* choices = find_member(body_, "n");
  return choices == nullptr || choices->is_null() || *choices == 1;
}

bool ChatPipeline::find_cached() {
  if (!is_cacheable()) return false;
  cache_key_ = cache_key(call_, release_, config_->policy->digest(), config_->guard->digest(), body_);
  cached_ = shared_.cache.find(cache_key_, trace_.start);
  if (cached_) decide("cache", "hit", "cache.exact", {{"saved_usd", render_decimal(cached_->cost)}});
  else find_alike();
  trace_.cache = cached_ ? "hit" : "miss";
  if (!cached_) return false;
  trace_.model = cached_->model;
  trace_.provider = cached_->provider;
  trace_.provider_model = cached_->provider_model;
  trace_.documents = cached_->documents;
  trace_.saved = cached_->cost;
  return true;
}

io::Task<Result<void>> ChatPipeline::retrieve() {
  if (call_.request.operation != Operation::Chat) co_return Result<void>();
  question_ = question_of(body_);
  if (release_.index.is_none()) co_return Result<void>();
  telemetry::SpanTimer timer(trace_, "retrieve");
  retrieval::SearchRequest request;
  request.text = question_;
  request.top = use_case_ != nullptr ? static_cast<std::size_t>(use_case_->passages) : 6;
  request.reader = {call_.caller.user, call_.caller.groups};
  auto found = co_await io::run_blocking(shared_.parts.runtime->blocking(),
                                         [retrieval = shared_.parts.retrieval, index = release_.index,
                                          request = std::move(request)]() { return retrieval->search(index, request); });
  timer.close();
  if (!found) co_return pass(found);
  passages_ = std::move(found->chunks);
  best_possible_score_ = found->best_possible;
  for (const auto& passage : passages_) {
    const auto& chunk = passage.chunk;
    trace_.documents.push_back({chunk.document.text(), fmt::format("{}", chunk.document_version), chunk.id, chunk.title,
                                passage.score, false});
    data_class_ = std::max(data_class_, chunk.data_class);
  }
  decide("retrieve", passages_.empty() ? "nothing" : "found", "index:" + release_.index.short_text(),
         {{"passages", passages_.size()},
          {"best_score", passages_.empty() ? 0.0 : passages_.front().score},
          {"hidden_by_acl", found->hidden_by_acl}});
  co_return Result<void>();
}

std::vector<std::string> ChatPipeline::models_in_order() const {
  // The first choice is drawn by weight; the other targets stand in for it before the fallbacks.
  std::int64_t total = 0;
  for (const auto& target : route_->targets) total += target.weight;
  auto draw = static_cast<std::int64_t>(std::hash<Id>()(trace_.id) % static_cast<std::uint64_t>(std::max<std::int64_t>(total, 1)));
  std::size_t first = 0;
  for (std::size_t i = 0; i < route_->targets.size(); ++i) {
    draw -= route_->targets[i].weight;
    if (draw < 0) {
      first = i;
      break;
    }
  }
  std::vector<std::string> order{route_->targets[first].model};
  const auto add = [&order](const std::string& name) {
    if (std::ranges::find(order, name) == order.end()) order.push_back(name);
  };
  for (const auto& target : route_->targets) {
    if (target.weight > 0) add(target.model);
  }
  for (const auto& name : route_->fallback) add(name);
  return order;
}

Result<void> ChatPipeline::plan_route() {
  trace_.data_class = policy::class_name(data_class_);
  trace_.policy_digest = config_->policy->digest().short_text();
  std::optional<Error> refusal;
  for (const auto& name : models_in_order()) {
    auto candidate = make_candidate(*config_, name, trace_.start);
    if (candidate.model == nullptr || !candidate.provider) continue;
    if (!candidate.provider->offers(call_.request.operation)) {
      decide("route", "skip", "route:" + route_->name, {{"model", name}, {"lacks", operation_name(call_.request.operation)}});
      continue;
    }
    policy::FlowQuery query;
    query.use_case = trace_.use_case;
    query.tier = use_case_ != nullptr ? use_case_->tier : policy::RiskTier::T1;
    query.data_class = data_class_;
    query.provider = &facts_of(*config_, candidate.model->provider);
    query.region = call_.caller.region;
    const auto verdict = config_->policy->decide(query, trace_.start);
    decide("policy", verdict.is_allowed ? "allow" : "deny", verdict.rule,
           {{"model", name}, {"provider", candidate.model->provider}, {"class", policy::class_name(data_class_)},
            {"reason", verdict.reason}});
    if (verdict.is_allowed) {
      candidates_.push_back(std::move(candidate));
    } else if (!refusal) {
      refusal.emplace();
      refusal->code = ErrorCode::PolicyRefused;
      refusal->message = verdict.reason;
      refusal->rule = verdict.rule;
      refusal->fix = verdict.fix;
    }
  }
  if (candidates_.empty()) {
    if (refusal) return std::unexpected(std::move(*refusal));
    auto error = fail(ErrorCode::Unavailable, "no model of the route \"{}\" can be called for {}", route_->name,
                      operation_name(call_.request.operation));
    error.error().rule = "route:" + route_->name;
    return error;
  }
  const auto& first = candidates_.front();
  trace_.model = first.model->name;
  trace_.provider = first.model->provider;
  decide("route", "choose", "route:" + route_->name, {{"model", first.model->name}, {"candidates", candidates_.size()}});
  return {};
}

/// What stays the same from call to call stands first: providers cache prompts by their beginning.
void ChatPipeline::put_prompt_together() {
  if (call_.request.operation == Operation::Chat) {
    compose(body_, release_.prompt_text, passages_);
    note_prompt_prefix();
  }
  // A reranker reads its query once with each document, which text_bytes says and the body does not.
  input_tokens_bound_ = std::max(input_tokens_bound(body_), static_cast<std::int64_t>(call_.request.text_bytes) + 64);
}

}  // namespace millwright::gateway
