#include "api/anthropic/ending.hpp"

#include <algorithm>
#include <array>

#include "api/anthropic/members.hpp"
#include "base/json_count.hpp"

namespace millwright::api::anthropic {
namespace {

struct Counts {
  std::int64_t input = 0, cache_read = 0, cache_write = 0, cache_write_1h = 0, output = 0, thinking = 0;
};

Counts counts_of(const json::object& usage) {
  Counts counts;
  const auto prompt = count_member(usage, "prompt_tokens");
  counts.cache_read = std::min(prompt, count_member(usage, "prompt_tokens_details", "cached_tokens"));
  counts.cache_write =
      std::min(prompt - counts.cache_read, count_member(usage, "prompt_tokens_details", "cache_write_tokens"));
  counts.cache_write_1h =
      std::min(counts.cache_write, count_member(usage, "prompt_tokens_details", "cache_write_1h_tokens"));
  counts.input = prompt - counts.cache_read - counts.cache_write;
  counts.output = count_member(usage, "completion_tokens");
  counts.thinking = std::min(counts.output, count_member(usage, "completion_tokens_details", "reasoning_tokens"));
  return counts;
}

Counts counts_of(const telemetry::TokenCounts& booked) {
  Counts counts;
  counts.input = booked.input;
  counts.cache_read = booked.cache_read;
  counts.cache_write = booked.cache_write;
  counts.output = booked.output + booked.reasoning;
  counts.thinking = booked.reasoning;
  return counts;
}

/// server_tool_use and whatever else a provider counts; OpenAI's names are translated.
void add_other_counts(const json::object& reported, json::object& usage) {
  copy_rest(reported,
            {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details",
             "service_tier"},
            usage);
  const auto tier = string_member(reported, "service_tier");
  if (tier == "default")
    usage["service_tier"] = "standard";
  else if (!tier.empty())
    usage["service_tier"] = tier;
}

std::string_view stop_reason_of(const json::object& choice, bool has_calls) {
  constexpr std::array<std::string_view, 7> own{
      "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"};
  const auto native = string_member(choice, "native_finish_reason");
  if (std::ranges::find(own, native) != own.end()) return native;
  const auto reason = string_member(choice, "finish_reason");
  if (reason == "length") return "max_tokens";
  if (reason == "content_filter") return "refusal";
  if (has_calls || reason == "tool_calls" || reason == "function_call") return "tool_use";
  return string_member(choice, "matched_stop").empty() ? "end_turn" : "stop_sequence";
}

}  // namespace

json::object encode_stop(const json::object& choice, bool has_calls) {
  const auto matched = string_member(choice, "matched_stop");
  json::object stop{{"stop_reason", stop_reason_of(choice, has_calls)},
                    {"stop_sequence", matched.empty() ? json::value(nullptr) : json::value(matched)}};
  if (const auto* details = find_object(choice, "stop_details")) stop["stop_details"] = *details;
  return stop;
}

json::object encode_usage(const json::object* reported, const telemetry::TokenCounts& booked) {
  const auto counts = reported != nullptr ? counts_of(*reported) : counts_of(booked);
  json::object usage{{"input_tokens", counts.input},
                     {"cache_creation_input_tokens", counts.cache_write},
                     {"cache_read_input_tokens", counts.cache_read},
                     {"output_tokens", counts.output}};
  if (counts.cache_write > 0) {
    usage["cache_creation"] = json::object{{"ephemeral_5m_input_tokens", counts.cache_write - counts.cache_write_1h},
                                           {"ephemeral_1h_input_tokens", counts.cache_write_1h}};
  }
  if (counts.thinking > 0) usage["output_tokens_details"] = json::object{{"thinking_tokens", counts.thinking}};
  if (reported != nullptr) add_other_counts(*reported, usage);
  return usage;
}

}  // namespace millwright::api::anthropic
