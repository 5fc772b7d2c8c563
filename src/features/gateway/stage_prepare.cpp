// What may be sent: input guard, cache, retrieval.
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/texts.hpp"

namespace millwright::gateway {

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
  cache_key_ = cache_key(call_, *release_, config_->policy->digest(), config_->guard->digest(), body_);
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

bool ChatPipeline::is_retrieved() {
  if (call_.request.operation != Operation::Chat) return false;
  question_ = question_of(body_);
  return !release_->index.is_none();
}

io::Task<Result<void>> ChatPipeline::retrieve() {
  telemetry::SpanTimer timer(trace_, "retrieve");
  retrieval::SearchRequest request;
  request.text = question_;
  request.top = use_case_ != nullptr ? static_cast<std::size_t>(use_case_->passages) : 6;
  request.reader = {call_.caller.user, call_.caller.groups};
  auto found = co_await io::run_blocking(shared_.parts.runtime->blocking(),
                                         [retrieval = shared_.parts.retrieval, index = release_->index,
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
  decide("retrieve", passages_.empty() ? "nothing" : "found", "index:" + release_->index.short_text(),
         {{"passages", passages_.size()},
          {"best_score", passages_.empty() ? 0.0 : passages_.front().score},
          {"hidden_by_acl", found->hidden_by_acl}});
  co_return Result<void>();
}

/// What stays the same from call to call stands first: providers cache prompts by their beginning.
void ChatPipeline::put_prompt_together() {
  if (call_.request.operation == Operation::Chat) {
    compose(body_, release_->prompt_text, passages_);
    note_prompt_prefix();
  }
  // A reranker reads its query once with each document, which text_bytes says and the body does not.
  input_tokens_bound_ = std::max(input_tokens_bound(body_), static_cast<std::int64_t>(call_.request.text_bytes) + 64);
  if (call_.assumed) input_tokens_bound_ = std::max(input_tokens_bound_, call_.assumed->prompt_tokens.value_or(0));
}

}  // namespace millwright::gateway
