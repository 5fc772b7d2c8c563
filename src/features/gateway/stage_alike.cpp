// What need not be asked again: answers of questions that are only put differently.
#include "base/text.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/semantic_report.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t question_bytes_max = 4 << 10;  // a longer one is a document, not a question
constexpr double compared_likeness_min = 0.5;        // in shadow mode, whatever the threshold: what the curve begins at

double percent(int value) { return static_cast<double>(value) / 100; }

/// Only what is judged by equal rules is compared.
std::string space_of(const SemanticCacheSettings& settings) {
  return settings.names.empty() ? settings.space : settings.space + "\n" + join(settings.names, " ");
}

/// Some hits of every hundred, by the id of the call.
bool is_verified(const SemanticCacheSettings& settings, const Id& trace) {
  return settings.mode == EconomyMode::On && settings.verify_percent > 0 &&
         std::hash<Id>()(trace) % 100 < static_cast<std::size_t>(settings.verify_percent);
}

/// Tools ask for an action, which another question's answer must not be.
bool has_tools(const json::object& body) {
  return std::ranges::any_of(std::array{"tools", "functions"}, [&body](const char* name) {
    const auto* list = find_member(body, name);
    return list != nullptr && list->is_array() && !list->get_array().empty();
  });
}

double likeness_min_of(const SemanticCacheSettings& settings) {
  const auto threshold = percent(settings.threshold_percent);
  return settings.mode == EconomyMode::Shadow ? std::min(compared_likeness_min, threshold) : threshold;
}

}  // namespace

void ChatPipeline::find_alike() {
  const auto& settings = use_case_->economy.semantic_cache;
  if (settings.mode == EconomyMode::Off || has_tools(body_)) return;
  auto* question = question_place(body_);
  if (question == nullptr || question->empty() || question->size() > question_bytes_max) return;
  auto& alike = alike_.emplace();
  alike.asked = std::make_shared<AskedQuestion>();
  alike.text = std::string(*question);
  const auto space = space_of(settings);
  alike.asked->scope = semantic_scope(call_, *release_, config_->policy->digest(), config_->guard->digest(), body_,
                                      *question, {data_class_, space});
  alike.waits_for_embedding = settings.is_by_meaning();
  if (alike.waits_for_embedding) {
    alike.asked->facts = facts_of(alike.text, settings.names);
    return;
  }
  alike.asked->print = print_of(alike.text);
  const auto wanted =
      settings.mode == EconomyMode::Shadow ? SemanticCache::Wanted::RefusedToo : SemanticCache::Wanted::Allowed;
  judge_alike(shared_.semantic.find(*alike.asked, likeness_min_of(settings), trace_.start, wanted));
}

/// Where it fails, the call goes on as a miss.
io::Task<Result<void>> ChatPipeline::find_by_meaning() {
  telemetry::SpanTimer timer(trace_, "semantic cache");
  alike_->waits_for_embedding = false;
  auto embedding = co_await embed_question();
  count_alike({.embeddings = 1, .embeddings_failed = embedding ? 0 : 1, .embedding_cost = alike_->embedding_cost});
  if (cancellation_.is_cancelled()) co_return fail(ErrorCode::Cancelled, "the caller went away");
  if (!embedding) {
    decide("cache", "skip", "cache.semantic",
           {{"because", embedding.error().message}, {"rule", embedding.error().rule}});
    shared_.parts.metrics->count_event("semantic_cache_skipped", trace_.use_case);
    alike_.reset();
    co_return Result<void>();
  }
  alike_->asked->embedding = std::move(*embedding);
  const auto likeness_min = likeness_min_of(use_case_->economy.semantic_cache);
  auto search = [&cache = shared_.semantic, asked = alike_->asked, likeness_min, now = trace_.start]() {
    return Result<SemanticCache::Nearest>(cache.find(*asked, likeness_min, now, SemanticCache::Wanted::RefusedToo));
  };
  auto found = co_await io::run_blocking(shared_.parts.runtime->blocking(), std::move(search));
  if (!found) {
    decide("cache", "skip", "cache.semantic", {{"because", found.error().message}});
    co_return Result<void>();
  }
  judge_alike(std::move(*found));
  if (cached_) note_hit();
  co_return Result<void>();
}

/// A call of the gateway's own for the same caller: policy, money, ledger and trace as any other.
io::Task<Result<Embedding>> ChatPipeline::embed_question() {
  const auto& settings = use_case_->economy.semantic_cache;
  ChatCall inner;
  inner.caller = call_.caller;
  inner.request.operation = Operation::Embeddings;
  inner.request.model = call_.request.model;
  inner.request.body = {{"model", call_.request.model}, {"input", alike_->text}};
  inner.request.text_bytes = alike_->text.size();
  inner.surface = "semantic_cache";
  inner.skip_cache = true;
  inner.wants_object = true;
  inner.release = *release_;
  inner.only_model = settings.embedding_model;
  inner.is_inner = true;
  inner.time_max = std::min(settings.embedding_timeout, time_left());
  inner.on_client_gone = [this](std::function<void()> gone) {
    inner_gone_ = std::move(gone);
    if (inner_gone_ && cancellation_.is_cancelled()) inner_gone_();
  };
  ChatPipeline pipeline(shared_, std::move(inner));
  auto outcome = co_await pipeline.run();
  alike_->embedding = outcome.trace.id;
  alike_->embedding_cost = outcome.trace.cost;
  if (outcome.error) co_return std::unexpected(std::move(*outcome.error));
  co_return read_embedding(outcome.answer);
}

void ChatPipeline::judge_alike(SemanticCache::Nearest nearest) {
  const auto& settings = use_case_->economy.semantic_cache;
  const auto is_enough = [&settings](const std::optional<SemanticCache::Hit>& hit) {
    return hit && hit->likeness >= percent(settings.threshold_percent);
  };
  const bool would_serve = is_enough(nearest.allowed);
  const bool is_compared = settings.mode == EconomyMode::Shadow || (would_serve && is_verified(settings, trace_.id));
  const bool is_served = would_serve && !is_compared;
  count_alike({.asked = 1, .served = is_served ? 1 : 0, .saved = is_served ? nearest.allowed->answer->cost : Money()});
  if (is_served) {
    cached_ = nearest.allowed->answer;
    decide_alike("hit", &*nearest.allowed);
    return;
  }
  if (would_serve) {
    decide_alike("shadow", &*nearest.allowed);
  } else if (is_enough(nearest.refused)) {
    decide_alike("miss", &*nearest.refused);
  } else if (settings.is_by_meaning()) {
    decide_alike("miss", nearest.allowed ? &*nearest.allowed : nullptr);
  }
  if (!is_compared) return;
  alike_->would_serve = would_serve;
  if (nearest.allowed)
    alike_->compared = std::move(nearest.allowed);
  else if (is_enough(nearest.refused))
    alike_->compared = std::move(nearest.refused);
}

void ChatPipeline::decide_alike(std::string_view verdict, const SemanticCache::Hit* hit) {
  const auto& settings = use_case_->economy.semantic_cache;
  json::object evidence{{"similarity", settings.space}, {"threshold", percent(settings.threshold_percent)}};
  if (hit != nullptr) {
    evidence["likeness"] = hit->likeness;
    evidence["of"] = hit->answer->trace.text();
    if (!hit->difference.empty()) evidence["differs"] = hit->difference;
    if (verdict == "hit") evidence["saved_usd"] = render_decimal(hit->answer->cost);
  }
  if (!alike_->embedding.is_none()) {
    evidence["embedding"] = alike_->embedding.text();
    evidence["embedding_usd"] = render_decimal(alike_->embedding_cost);
  }
  trace_.decisions.push_back({"cache", std::string(verdict), "cache.semantic", json::serialize(evidence)});
}

void ChatPipeline::count_alike(const SemanticCounts& counts) {
  auto* store = shared_.parts.semantic;
  if (store != nullptr) store->count(trace_.use_case, use_case_->economy.semantic_cache.space, counts, trace_.start);
}

/// The answer that was paid for beside the one that might have been given.
void ChatPipeline::compare_alike() {
  auto* store = shared_.parts.semantic;
  if (store == nullptr || !alike_ || !alike_->compared || outcome_.text.empty()) return;
  const auto& hit = *alike_->compared;
  const auto mine = print_of(outcome_.text), theirs = print_of(hit.answer->text);
  SemanticSample sample;
  sample.trace = trace_.id;
  sample.original = hit.answer->trace;
  sample.use_case = trace_.use_case;
  sample.space = use_case_->economy.semantic_cache.space;
  sample.time = trace_.start;
  sample.likeness = hit.likeness;
  sample.difference = hit.difference;
  sample.would_serve = alike_->would_serve;
  sample.says_same = say_the_same(mine, theirs);
  sample.answer_likeness = likeness(mine, theirs);
  sample.cost = trace_.cost;
  std::optional<SemanticTexts> texts;
  if (use_case_->economy.semantic_cache.keeps_texts) {
    texts = SemanticTexts{alike_->text, outcome_.text, hit.answer->question, hit.answer->text};
  }
  store->record(std::move(sample), texts);
}

void ChatPipeline::keep_alike(const std::shared_ptr<const CachedAnswer>& answer) {
  if (!alike_ || answer->text.empty()) return;
  shared_.semantic.put(std::move(*alike_->asked), answer, trace_.start + use_case_->cache_ttl);
}

SemanticStore* Gateway::semantic_store() const { return state_->parts.semantic; }

Result<json::object> Gateway::economy() const {
  auto shown = render_economy(state_->economy);
  shown["semantic_cache"] = json::array();
  if (state_->parts.semantic == nullptr) return shown;
  SemanticReportRequest request;
  request.window.to = state_->parts.clock->now() + std::chrono::hours(1);
  auto items = report_semantic_cache(*state_->parts.semantic, state_->config.load()->config, request);
  if (!items) return pass(items);
  shown["semantic_cache"] = std::move(*items);
  return shown;
}

Gateway::Purged Gateway::purge_caches(std::string_view use_case) {
  return {state_->cache.purge(use_case), state_->semantic.purge(use_case)};
}

}  // namespace millwright::gateway
