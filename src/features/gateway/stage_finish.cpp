// The answer is guarded, cited, settled, kept in the cache and delivered.
#include "features/gateway/compose.hpp"
#include "features/gateway/language.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/token_counts.hpp"

namespace millwright::gateway {
namespace {

constexpr std::int64_t counted_bytes_max = 1 << 20;   // some milliseconds on the loop

json::object* first_message(json::object& body) {
  auto* choices = body.if_contains("choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty()) return nullptr;
  auto& choice = choices->get_array().front();
  auto* message = choice.is_object() ? choice.get_object().if_contains("message") : nullptr;
  return message != nullptr && message->is_object() ? &message->get_object() : nullptr;
}

json::object make_completion(std::string_view id, std::string_view model, std::int64_t created, std::string_view text) {
  json::object choice{{"index", 0},
                      {"message", json::object{{"role", "assistant"}, {"content", text}}},
                      {"finish_reason", "stop"}};
  return {{"id", id}, {"object", "chat.completion"}, {"created", created}, {"model", model},
          {"choices", json::array{std::move(choice)}}};
}

json::object make_chunk(std::string_view id, std::string_view model, std::int64_t created, json::object delta,
                        json::value finish_reason) {
  json::object choice{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish_reason)}};
  return {{"id", id}, {"object", "chat.completion.chunk"}, {"created", created}, {"model", model},
          {"choices", json::array{std::move(choice)}}};
}

/// The annotations of a streamed answer, in the delta of the chunk that ends it: a stream says what a whole answer says.
void annotate(json::object& chunk, std::string_view text, const std::vector<Citation>& citations) {
  auto* choices = chunk.if_contains("choices");
  if (citations.empty() || choices == nullptr || !choices->is_array() || choices->get_array().empty()) return;
  auto* choice = choices->get_array().front().if_object();
  auto* delta = choice != nullptr ? choice->if_contains("delta") : nullptr;
  if (delta != nullptr && delta->is_object()) delta->get_object()["annotations"] = annotations_for(text, citations);
}

std::int64_t seconds_of(Timestamp time) { return to_micros(time) / 1'000'000; }

}  // namespace

Result<void> ChatPipeline::accept_answer() {
  if (is_media(call_.request.operation)) return accept_media();
  OutputVerdict verdict;
  if (call_.request.is_streamed) {
    verdict = stream_guard_->verdict();
  } else {
    verdict = guard_answer(answer_.body, *config_->guard);
  }
  if (!verdict.findings.empty()) {
    decide("guard.output", policy::action_name(verdict.action), "guard", verdict.findings);
  }
  if (verdict.action == policy::Action::Block) {
    has_answer_ = false;
    auto error = fail(ErrorCode::PolicyRefused, "the answer held what must not leave and was withheld");
    error.error().rule = "guard.output";
    return error;
  }
  if (auto* message = first_message(answer_.body)) outcome_.text = string_member(*message, "content");
  cite();
  return {};
}

void ChatPipeline::cite() {
  outcome_.citations = find_citations(outcome_.text, passages_);
  for (auto& document : trace_.documents) {
    document.is_cited = std::ranges::any_of(
        outcome_.citations, [&](const Citation& citation) { return citation.chunk == document.chunk; });
  }
  count_cited();
}

finops::Usage ChatPipeline::estimated_usage() const {
  finops::Usage usage;
  usage.is_estimated = true;
  if (call_.request.operation != Operation::Chat) {
    usage.tokens.input = std::max<std::int64_t>(1, input_tokens_bound_ / 4);
    return usage;
  }
  const auto& tokeniser = tokeniser_of(trace_.model);
  usage.tokens.input = input_tokens_bound_ > counted_bytes_max ? input_tokens_bound_ / 4
                                                               : count_chat(body_, tokeniser).tokens;
  usage.tokens.output = tokeniser.count(outcome_.text).tokens;
  return usage;
}

io::Task<Result<void>> ChatPipeline::settle() {
  trace_.duration_us = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started_).count());
  if (trace_.status == telemetry::TraceStatus::Ok) trace_.http_status = 200;
  if (trace_.response_bytes == 0) trace_.response_bytes = static_cast<std::uint32_t>(outcome_.text.size());
  if (!flight_.is_open()) {
    auto recorded = co_await shared_.parts.accounts->record_free(trace_, facts(), attempt_number_);
    co_return recorded;
  }
  finops::Usage usage;
  if (is_media(call_.request.operation) && was_sent_) {
    usage = media_usage(answer_.usage);
  } else if (answer_.usage) {
    usage = {*answer_.usage, is_usage_estimated_, answer_.provider_request, finops::find_tier(answer_.service_tier)};
    if (use_case_ != nullptr) shared_.prompt_caches.note(trace_.use_case, trace_.model, *answer_.usage);
  } else if (was_sent_) {
    usage = estimated_usage();   // sent, but nobody said what it used
    usage.provider_request = answer_.provider_request;
  }
  auto settled = co_await flight_.settle(trace_, usage);
  note_spend(trace_);
  co_return settled;
}

json::object ChatPipeline::call_members(json::storage_ptr memory) const {
  json::object members(8, std::move(memory));
  members.emplace("trace", trace_.id.text());
  members.emplace("release", trace_.release);
  members.emplace("model", trace_.model);
  members.emplace("route", trace_.route);
  members.emplace("cache", trace_.cache);
  members.emplace("cost_usd", render_decimal(trace_.cost));
  if (!outcome_.citations.empty()) members["citations"] = to_json(outcome_.citations);
  if (trace_.is_estimated) members["estimated"] = true;
  if (trace_.is_unpriced) members["unpriced"] = true;
  return members;
}

void ChatPipeline::keep_in_cache() {
  if (!is_cacheable() || cached_ || use_case_->cache_ttl == Duration(0)) return;
  auto answer = std::make_shared<CachedAnswer>();
  if (call_.request.is_streamed) {
    // Only plain text is worth keeping of a stream; tool calls ask for an action each time.
    for (const auto& chunk : held_) {
      const auto text = json::serialize(chunk);
      if (text.find("\"tool_calls\"") != std::string::npos) return;
    }
    answer->body = make_completion("chatcmpl-" + trace_.id.text(), trace_.provider_model, seconds_of(trace_.start),
                                   outcome_.text);
  } else {
    answer->body = answer_.body;
  }
  answer->text = outcome_.text;
  answer->citations = outcome_.citations;
  answer->documents = trace_.documents;
  answer->model = trace_.model;
  answer->provider = trace_.provider;
  answer->provider_model = trace_.provider_model;
  answer->cost = trace_.cost;
  answer->bytes = 1024 + 4 * outcome_.text.size() + 512 * (outcome_.citations.size() + trace_.documents.size());
  compare_alike();
  keep_alike(answer);
  shared_.cache.put(cache_key_, std::move(answer), trace_.start + use_case_->cache_ttl);
}

/// A whole answer of a model waits for nothing more.
bool ChatPipeline::give_at_once() {
  if (cached_ || call_.request.is_streamed || is_media(call_.request.operation)) return false;
  keep_in_cache();
  give_whole();
  return true;
}

io::Task<Result<void>> ChatPipeline::deliver() {
  if (cached_) {
    auto delivered = co_await deliver_cached();
    co_return delivered;
  }
  if (is_media(call_.request.operation)) {
    auto delivered = co_await deliver_media();
    co_return delivered;
  }
  keep_in_cache();
  bool is_first = true;
  for (auto& chunk : held_) {
    if (is_first) {
      annotate(chunk, outcome_.text, outcome_.citations);
      chunk["millwright"] = call_members(chunk.storage());
      is_first = false;
    }
    auto sent = co_await send_chunk(std::move(chunk));
    if (!sent) co_return sent;
  }
  co_return Result<void>();
}

void ChatPipeline::give_whole() {
  if (auto* message = first_message(answer_.body); message != nullptr && !outcome_.citations.empty()) {
    (*message)["annotations"] = annotations_for(outcome_.text, outcome_.citations);
  }
  answer_.body["millwright"] = call_members(answer_.body.storage());
  if (call_.wants_object) take_over(outcome_.answer, std::move(answer_.body));
  else outcome_.body = json::serialize(answer_.body);
}

io::Task<Result<void>> ChatPipeline::deliver_cached() {
  outcome_.text = cached_->text;
  outcome_.citations = cached_->citations;
  answer_.body = cached_->body;
  answer_.body["id"] = "chatcmpl-" + trace_.id.text();
  answer_.body["created"] = seconds_of(trace_.start);
  answer_.body.erase("usage");
  answer_.body["usage"] = json::object{{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}};
  if (!call_.request.is_streamed) {
    give_whole();
    co_return Result<void>();
  }
  auto delivered = co_await deliver_as_stream();
  co_return delivered;
}

io::Task<Result<void>> ChatPipeline::deliver_as_stream() {
  const auto id = "chatcmpl-" + trace_.id.text();
  const auto created = seconds_of(trace_.start);
  const auto model = trace_.provider_model.empty() ? trace_.model : trace_.provider_model;
  auto text = make_chunk(id, model, created, {{"role", "assistant"}, {"content", outcome_.text}}, nullptr);
  auto sent = co_await send_chunk(std::move(text));
  if (!sent) co_return sent;
  auto last = make_chunk(id, model, created, {}, "stop");
  annotate(last, outcome_.text, outcome_.citations);
  last["millwright"] = call_members(last.storage());
  sent = co_await send_chunk(std::move(last));
  if (!sent || !call_.request.wants_usage) co_return sent;
  auto usage = make_chunk(id, model, created, {}, nullptr);
  usage["choices"] = json::array();
  usage["usage"] = json::object{{"prompt_tokens", 0}, {"completion_tokens", 0}, {"total_tokens", 0}};
  sent = co_await send_chunk(std::move(usage));
  co_return sent;
}

void ChatPipeline::use_fallback_message() {
  if (call_.request.operation != Operation::Chat) return;  // a sentence is no vector and no image
  if (use_case_ == nullptr || use_case_->fallback_message.empty() || has_begun_ || call_.is_dry_run || call_.shadowed) return;
  const auto code = outcome_.error->code;
  const bool is_outage = code == ErrorCode::UpstreamFailed || code == ErrorCode::Timeout ||
                         (code == ErrorCode::Unavailable &&
                          (outcome_.error_from_provider || outcome_.error->rule.starts_with("breaker:")));
  if (!is_outage) return;
  decide("fallback", "message", "use_case.fallback", {{"instead_of", outcome_.error->message}});
  outcome_.error.reset();
  outcome_.text = use_case_->fallback_message;
  trace_.provider_model = "fallback";
  trace_.http_status = 200;
  auto fallback = std::make_shared<CachedAnswer>();
  fallback->body = make_completion("", "fallback", 0, outcome_.text);
  fallback->text = outcome_.text;
  cached_ = std::move(fallback);
  has_answer_ = true;
}

void ChatPipeline::render_dry_run() {
  json::array decisions;
  for (const auto& decision : trace_.decisions) {
    json::object entry{{"stage", decision.stage}, {"verdict", decision.verdict}, {"rule", decision.rule}};
    if (!decision.evidence.empty()) entry["evidence"] = json::parse(decision.evidence);
    decisions.push_back(std::move(entry));
  }
  json::array models;
  const auto request = traits();
  for (const auto& candidate : candidates_) {
    models.push_back(json::object{{"model", candidate.model->name},
                                  {"provider", candidate.model->provider},
                                  {"expected_usd", render_decimal(expected_cost(*candidate.price, request, trace_.start))},
                                  {"worst_case_usd", render_decimal(worst_case_of(candidate))},
                                  {"unpriced", candidate.price->is_unpriced}});
  }
  outcome_.body = json::serialize(json::object{{"object", "millwright.dry_run"},
                                               {"release", trace_.release},
                                               {"route", trace_.route},
                                               {"data_class", trace_.data_class},
                                               {"traits", json::object{{"task", request.task},
                                                                       {"prompt_tokens", request.prompt_tokens},
                                                                       {"language", language_of(question_)},
                                                                       {"needs", request.needs.text()}}},
                                               {"decisions", std::move(decisions)},
                                               {"models", std::move(models)}});
}

}  // namespace millwright::gateway
