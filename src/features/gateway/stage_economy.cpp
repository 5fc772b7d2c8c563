// What need not be sent, or not be asked again: compression, alike questions, marks for the provider's own cache.
#include "base/text.hpp"
#include "features/gateway/compose.hpp"
#include "features/gateway/compression.hpp"
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t planned_at_once_max = 16 << 10;  // bytes; more is planned on a thread that may block
constexpr std::size_t marked_tokens_min = 1'024;       // shorter prefixes no provider keeps
constexpr std::size_t question_bytes_max = 4 << 10;    // a longer one is a document, not a question

double percent(int value) { return static_cast<double>(value) / 100; }

/// All white space as one blank, so that a sentence is found wherever its lines break.
bool holds(std::string_view text, std::string_view sentence) {
  return collapsed_whitespace(text).find(collapsed_whitespace(sentence)) != std::string::npos;
}

}  // namespace

void ChatPipeline::find_alike() {
  const auto& settings = use_case_->economy.semantic_cache;
  if (settings.mode == EconomyMode::Off) return;
  auto* question = question_place(body_);
  if (question == nullptr || question->empty() || question->size() > question_bytes_max) return;
  alike_.emplace();
  alike_->print = print_of(std::string_view(*question));
  alike_->scope =
      semantic_scope(call_, *release_, config_->policy->digest(), config_->guard->digest(), body_, *question);
  auto hit = shared_.semantic.find(alike_->scope, alike_->print, percent(settings.threshold_percent), trace_.start);
  const bool is_served = hit && settings.mode == EconomyMode::On;
  shared_.economy.change(trace_.use_case, [&](UseCaseEconomy& economy) {
    ++economy.semantic.asked;
    if (!is_served) return;
    ++economy.semantic.served;
    economy.semantic.saved += hit->answer->cost;
  });
  if (!hit) return;
  if (is_served) {
    cached_ = hit->answer;
    decide("cache", "hit", "cache.semantic",
           {{"likeness", hit->likeness}, {"saved_usd", render_decimal(cached_->cost)}});
    return;
  }
  decide("cache", "shadow", "cache.semantic", {{"likeness", hit->likeness}});
  alike_->would_be = std::move(hit->answer);
}

/// The answer that was paid for beside the one that would have been given.
void ChatPipeline::compare_alike() {
  if (!alike_ || !alike_->would_be || outcome_.text.empty()) return;
  const auto mine = print_of(outcome_.text), theirs = print_of(alike_->would_be->text);
  const auto alike = likeness(mine, theirs);
  const bool is_same = say_the_same(mine, theirs);
  shared_.economy.change(trace_.use_case, [&](UseCaseEconomy& economy) {
    ++economy.semantic.shadowed;
    economy.semantic.agreed += is_same ? 1 : 0;
    economy.semantic.likeness += alike;
    economy.semantic.saved += trace_.cost;
  });
}

void ChatPipeline::keep_alike(const std::shared_ptr<const CachedAnswer>& answer) {
  if (!alike_ || answer->text.empty()) return;
  shared_.semantic.put(alike_->scope, std::move(alike_->print), answer, trace_.start + use_case_->cache_ttl);
}

bool ChatPipeline::is_compressible() const {
  if (use_case_ == nullptr || call_.request.operation != Operation::Chat) return false;
  const auto& settings = use_case_->economy.compression;
  if (settings.mode == EconomyMode::Off || question_.empty()) return false;
  return !passages_.empty() || settings.has_history;
}

io::Task<Result<void>> ChatPipeline::compress() {
  const auto& settings = use_case_->economy.compression;
  telemetry::SpanTimer timer(trace_, "compress");
  auto request = std::make_shared<CompressionRequest>();
  const auto& first = candidates_.front();
  request->settings = settings;
  request->question = question_;
  request->tokeniser = first.model->tokeniser;
  request->price = *first.price;
  request->cache_read_share = shared_.prompt_caches.read_share(trace_.use_case, first.model->name);
  std::size_t bytes = 0;
  for (const auto& passage : passages_) {
    request->passages.push_back(passage.chunk.text);
    bytes += passage.chunk.text.size();
  }
  if (const auto* messages = find_member(body_, "messages"); messages != nullptr && messages->is_array()) {
    request->messages = json::array(messages->get_array(), json::storage_ptr());  // away from the request's own pool
    bytes += call_.request.text_bytes;
  }
  CompressionPlan plan;
  if (bytes <= planned_at_once_max) {
    plan = plan_compression(*request);
  } else {
    auto planned = co_await io::run_blocking(
        shared_.parts.runtime->blocking(), [request]() { return Result<CompressionPlan>(plan_compression(*request)); });
    if (!planned) co_return pass(planned);
    plan = std::move(*planned);
  }
  timer.close();
  apply_compression(std::move(plan));
  co_return Result<void>();
}

void ChatPipeline::apply_compression(CompressionPlan plan) {
  if (plan.units == 0 && plan.reason == "nothing_to_leave_out") return;   // nothing that may be compressed at all
  const bool is_worth_it = plan.is_worth_it();
  const bool is_on = use_case_->economy.compression.mode == EconomyMode::On;
  decide("compress",
         !is_worth_it ? "skip"
         : is_on      ? "on"
                      : "shadow",
         "use_case.compression",
         {{"tokens_before", plan.tokens_before},
          {"tokens_after", is_worth_it ? plan.tokens_after : plan.tokens_before},
          {"sentences", plan.units},
          {"protected", plan.protected_units},
          {"saving_usd", render_decimal(plan.saving)},
          {"reason", plan.reason}});
  if (call_.is_dry_run) return;
  shared_.economy.change(trace_.use_case, [&](UseCaseEconomy& economy) {
    auto& counts = economy.compression;
    ++counts.calls;
    if (!is_worth_it) {
      ++counts.left_alone;
      counts.left_alone_for_cache += plan.reason == "cached_reads_are_cheaper" ? 1 : 0;
      return;
    }
    ++(is_on ? counts.applied : counts.shadowed);
    counts.tokens_before += plan.tokens_before;
    counts.tokens_after += plan.tokens_after;
    counts.saving += plan.saving;
  });
  if (!is_worth_it) return;
  if (!is_on) {
    shadow_passages_ = std::move(plan.passages);
    return;
  }
  // What is cited later is what the model has seen.
  for (std::size_t i = 0; i < plan.passages.size(); ++i) passages_[i].chunk.text = std::move(plan.passages[i]);
  if (plan.messages.empty()) return;
  auto& messages = body_["messages"].get_array();
  for (auto& [index, text] : plan.messages) messages[index].get_object()["content"] = text;
}

/// Would the sentences that the answer cites have been sent?
void ChatPipeline::count_cited() {
  if (shadow_passages_.empty() || outcome_.citations.empty()) return;
  std::int64_t cited = 0, kept = 0;
  for (const auto& citation : outcome_.citations) {
    for (std::size_t i = 0; i < passages_.size(); ++i) {
      if (passages_[i].chunk.id != citation.chunk || citation.quote.empty()) continue;
      ++cited;
      kept += holds(shadow_passages_[i], citation.quote) ? 1 : 0;
    }
  }
  shared_.economy.change(trace_.use_case, [&](UseCaseEconomy& economy) {
    economy.compression.cited += cited;
    economy.compression.cited_kept += kept;
  });
}

void ChatPipeline::mark_prompt_prefix(const Candidate& candidate, json::object& body, bool& has_mark) {
  if (use_case_ == nullptr || !use_case_->economy.has_prompt_cache || release_->prompt_text.empty()) return;
  const bool is_marked = prefix_comes_again_ && candidate.provider->keeps_marked_prompts(*candidate.model);
  if (is_marked == has_mark) return;
  mark_prefix(body, release_->prompt_text.size(), is_marked ? PrefixMark::Set : PrefixMark::Absent);
  has_mark = is_marked;
  if (is_marked) decide("prompt_cache", "mark", "use_case.prompt_cache", {{"release", release_->id}});
}

void ChatPipeline::note_prompt_prefix() {
  if (use_case_ == nullptr || !use_case_->economy.has_prompt_cache || release_->prompt_text.empty()) return;
  const auto tokens = candidates_.front().model->tokeniser.count(release_->prompt_text, marked_tokens_min).tokens;
  if (tokens < static_cast<std::int64_t>(marked_tokens_min)) return;
  prefix_comes_again_ = shared_.prompt_caches.comes_again(trace_.use_case, release_->id, trace_.start);
}

json::object Gateway::economy() const { return render_economy(state_->economy); }

}  // namespace millwright::gateway
