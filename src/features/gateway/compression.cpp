#include "features/gateway/compression.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t text_bytes_max = 2 << 20;  // of all texts: more is sent as it is
constexpr std::size_t context_bytes_max = 4 << 10;
constexpr double worth_percent = 95;  // less than this must be left for a change to be made

std::int64_t nano_of(std::int64_t tokens, double nano_per_million) {
  return static_cast<std::int64_t>(static_cast<double>(tokens) * nano_per_million / 1e6);
}

std::string_view content_of(const json::value& message) {
  if (!message.is_object()) return {};
  return string_member(message.get_object(), "content");
}

/// A message whose text is nothing but talk.
bool is_talk(const json::value& message) {
  if (!message.is_object()) return false;
  const auto& object = message.get_object();
  const auto role = string_member(object, "role");
  if ((role != "user" && role != "assistant") || content_of(message).empty()) return false;
  constexpr std::array<std::string_view, 6> fixed{"tool_calls",      "function_call",     "cache_control",
                                                  "thinking_blocks", "reasoning_content", "extra_content"};
  return std::ranges::none_of(fixed, [&](std::string_view name) { return find_member(object, name) != nullptr; });
}

ExtractRequest extraction(const CompressionRequest& request, std::string_view context) {
  ExtractRequest extract;
  extract.question = request.question;
  extract.context = context;
  extract.keep_percent = request.settings.keep_percent;
  extract.numbers = request.settings.numbers_stay ? Numbers::Stay : Numbers::Judged;
  return extract;
}

void note(CompressionPlan& plan, const ExtractedTexts& extracted) {
  plan.tokens_before += extracted.tokens_before;
  plan.tokens_after += extracted.tokens_after;
  plan.units += extracted.units;
  plan.protected_units += extracted.protected_units;
}

bool is_shorter(const ExtractedTexts& extracted) {
  return static_cast<double>(extracted.tokens_after) * 100 <
         static_cast<double>(extracted.tokens_before) * worth_percent;
}

void plan_passages(const CompressionRequest& request, std::string_view context, CompressionPlan& plan) {
  if (request.passages.empty()) return;
  auto extract_request = extraction(request, context);
  extract_request.tokens_max = request.settings.passages_tokens_max;
  for (const auto& passage : request.passages) extract_request.texts.push_back(passage);
  auto extracted = extract(extract_request, request.tokeniser);
  note(plan, extracted);
  if (!is_shorter(extracted)) return;
  plan.saving += Money::from_nano(nano_of(extracted.tokens_before - extracted.tokens_after,
                                          static_cast<double>(request.price.input.nano_per_million)));
  plan.passages = std::move(extracted.texts);
}

/// Gives why not, or nothing.
std::string_view plan_history(const CompressionRequest& request, std::string_view context, CompressionPlan& plan) {
  const auto& messages = request.messages;
  const auto kept = static_cast<std::size_t>(request.settings.history_turns_kept);
  if (!request.settings.has_history || messages.size() <= kept) return {};
  auto extract_request = extraction(request, context);
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i + kept < messages.size(); ++i) {
    if (!is_talk(messages[i])) continue;
    indexes.push_back(i);
    extract_request.texts.push_back(content_of(messages[i]));
  }
  std::int64_t all = 0;
  for (const auto& message : messages) all += request.tokeniser.count(content_of(message)).tokens;
  if (indexes.empty() || all < request.settings.history_tokens_min) return {};
  auto extracted = extract(extract_request, request.tokeniser);
  note(plan, extracted);
  if (!is_shorter(extracted)) return {};
  const auto input = static_cast<double>(request.price.input.nano_per_million);
  const auto read = static_cast<double>(request.price.cache_read.nano_per_million);
  const auto mixed = request.cache_read_share * std::min(read, input) + (1 - request.cache_read_share) * input;
  const auto cost_as_it_is = nano_of(extracted.tokens_before, mixed);
  const auto cost_shortened = nano_of(extracted.tokens_after, input);
  if (input > 0 && static_cast<double>(cost_shortened) * 100 >= static_cast<double>(cost_as_it_is) * worth_percent) {
    return "cached_reads_are_cheaper";
  }
  plan.saving += Money::from_nano(cost_as_it_is - cost_shortened);
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (extracted.texts[i] != content_of(messages[indexes[i]])) {
      plan.messages.emplace_back(indexes[i], std::move(extracted.texts[i]));
    }
  }
  return {};
}

}  // namespace

std::string context_of(const json::array& messages) {
  std::string context;
  bool is_question = true;  // the newest is the question itself
  for (std::size_t i = messages.size(); i-- > 0 && context.size() < context_bytes_max;) {
    if (!messages[i].is_object() || string_member(messages[i].get_object(), "role") != "user") continue;
    if (std::exchange(is_question, false)) continue;
    context += std::string(utf8_prefix(content_of(messages[i]), context_bytes_max)) + "\n";
  }
  return context;
}

CompressionPlan plan_compression(const CompressionRequest& request) {
  CompressionPlan plan;
  std::size_t bytes = 0;
  for (const auto& passage : request.passages) bytes += passage.size();
  for (const auto& message : request.messages) bytes += content_of(message).size();
  if (bytes > text_bytes_max) {
    plan.reason = "too_long";
    return plan;
  }
  const auto context = context_of(request.messages);
  plan_passages(request, context, plan);
  const auto why_not = plan_history(request, context, plan);
  plan.reason = plan.is_worth_it() ? "saves" : why_not.empty() ? "nothing_to_leave_out" : why_not;
  return plan;
}

}  // namespace millwright::gateway
