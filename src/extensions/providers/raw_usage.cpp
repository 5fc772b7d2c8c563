#include "extensions/providers/raw_usage.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_count.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/bedrock_messages.hpp"
#include "extensions/providers/cohere_answer.hpp"
#include "extensions/providers/gemini_answer.hpp"
#include "extensions/providers/ollama_answer.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_media.hpp"

namespace millwright::extensions {
namespace {

using finops::TokenCounts;
using gateway::Operation;

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

/// Of the Responses API: cached tokens are part of the input, reasoning is part of the output.
TokenCounts read_response_usage(const json::object& usage) {
  TokenCounts tokens;
  std::int64_t left = count_member(usage, "input_tokens");
  const auto take = [&left](std::int64_t part) {
    part = std::min(part, left);
    left -= part;
    return part;
  };
  tokens.cache_read = take(count_member(usage, "input_tokens_details", "cached_tokens"));
  tokens.cache_write = take(count_member(usage, "input_tokens_details", "cache_write_tokens"));
  tokens.audio_in = take(count_member(usage, "input_tokens_details", "audio_tokens"));
  tokens.image_in = take(count_member(usage, "input_tokens_details", "image_tokens"));
  tokens.input = left;
  left = count_member(usage, "output_tokens");
  tokens.reasoning = take(count_member(usage, "output_tokens_details", "reasoning_tokens"));
  tokens.audio_out = take(count_member(usage, "output_tokens_details", "audio_tokens"));
  tokens.image_out = take(count_member(usage, "output_tokens_details", "image_tokens"));
  tokens.output = left;
  return tokens;
}

void note_names(const json::object& answer, gateway::RawUsage& usage) {
  if (const auto model = string_member(answer, "model"); !model.empty()) usage.model = model;
  if (const auto tier = string_member(answer, "service_tier"); !tier.empty()) usage.service_tier = tier;
}

}  // namespace

void read_openai_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) {
  if (path.ends_with("/moderations") || path.ends_with("/input_tokens")) usage.is_free = true;
  const auto* response = object_member(answer, "response");  // of an event of the Responses API
  const auto& body = response != nullptr ? *response : answer;
  note_names(body, usage);
  const auto* told = object_member(body, "usage");
  if (told == nullptr) return;
  if (const auto* seconds = find_member(*told, "seconds"); seconds != nullptr && seconds->is_number()) {
    const auto value = seconds->to_number<double>();
    if (value >= 0 && value < 1e7) usage.audio_ms = std::llround(value * 1000);
    return;
  }
  if (find_member(*told, "input_tokens") == nullptr) {
    if (auto tokens = read_openai_usage(body)) usage.tokens = tokens;
  } else if (path.find("/images/") != std::string_view::npos) {
    usage.tokens = read_openai_media_usage(Operation::Images, body);
  } else if (path.ends_with("/audio/speech")) {
    usage.tokens = read_openai_media_usage(Operation::Speech, body);
  } else if (path.find("/audio/") != std::string_view::npos) {
    usage.tokens = read_openai_media_usage(Operation::Transcriptions, body);
  } else {
    usage.tokens = read_response_usage(*told);
  }
}

void read_anthropic_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) {
  if (path.ends_with("/count_tokens")) usage.is_free = true;
  const auto* message = object_member(answer, "message");  // of message_start
  const auto& body = message != nullptr ? *message : answer;
  note_names(body, usage);
  const auto* told = object_member(body, "usage");
  if (told == nullptr) return;
  for (const auto& [name, value] : *told) {
    if (!value.is_null()) usage.merged[name] = value;  // message_delta tells totals, of some members
  }
  if (const auto tier = string_member(usage.merged, "service_tier"); !tier.empty()) usage.service_tier = tier;
  usage.tokens = read_anthropic_usage(usage.merged);
}

void read_bedrock_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) {
  if (path.ends_with("/count-tokens")) usage.is_free = true;
  const auto* metadata = object_member(answer, "metadata");  // of an event of Amazon's own models
  const auto* told = object_member(metadata != nullptr ? *metadata : answer, "usage");
  if (told != nullptr && find_member(*told, "inputTokens") != nullptr) {
    usage.tokens = read_bedrock_usage(*told);
    usage.service_tier = bedrock_service_tier(answer);
    return;
  }
  if (told != nullptr && find_member(*told, "prompt_tokens") != nullptr) {
    if (auto tokens = read_openai_usage(answer)) usage.tokens = tokens;
  } else if (told == nullptr || find_member(*told, "output_tokens") != nullptr) {
    read_anthropic_raw_usage(path, answer, usage);
  }
  // What a maker tells in its own words says more: how long what was written is kept.
  const auto* metrics = object_member(answer, "amazon-bedrock-invocationMetrics");
  if (metrics == nullptr || usage.tokens) return;
  usage.tokens = TokenCounts{.input = count_member(*metrics, "inputTokenCount"),
                             .cache_read = count_member(*metrics, "cacheReadInputTokenCount"),
                             .cache_write = count_member(*metrics, "cacheWriteInputTokenCount"),
                             .output = count_member(*metrics, "outputTokenCount")};
}

void read_bedrock_raw_head(const io::http::Headers& headers, gateway::RawUsage& usage) {
  const auto count = [&headers](std::string_view name) -> std::optional<std::int64_t> {
    const auto text = headers.find(fmt::format("x-amzn-bedrock-{}-token-count", name));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_count = !text.empty() && error == std::errc() && end == text.data() + text.size() && number >= 0;
    return is_count ? std::optional(number) : std::nullopt;
  };
  const auto input = count("input");
  if (!input) return;
  usage.tokens = TokenCounts{.input = *input,
                             .cache_read = count("cache-read-input").value_or(0),
                             .cache_write = count("cache-write-input").value_or(0),
                             .output = count("output").value_or(0)};
}

void read_cohere_raw_usage(std::string_view, const json::object& answer, gateway::RawUsage& usage) {
  const auto* delta = object_member(answer, "delta");  // of message-end
  if (auto tokens = read_cohere_usage(delta != nullptr ? *delta : answer)) usage.tokens = tokens;
}

void read_ollama_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) {
  if (path.ends_with("/show")) usage.is_free = true;
  if (const auto model = string_member(answer, "model"); !model.empty()) usage.model = model;
  if (auto tokens = read_ollama_usage(answer)) usage.tokens = tokens;
}

void read_gemini_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) {
  if (path.ends_with(":countTokens")) usage.is_free = true;
  if (const auto model = string_member(answer, "modelVersion"); !model.empty()) usage.model = model;
  if (auto tokens = read_gemini_usage(answer)) usage.tokens = tokens;
}

std::vector<std::string> openai_raw_paths() {
  return {"POST /chat/completions", "POST /completions", "POST /responses",   "POST /responses/input_tokens",
          "GET /responses/*",       "POST /embeddings",  "POST /moderations", "POST /rerank",
          "POST /images/*",         "POST /audio/*",     "GET /models",       "GET /models/*"};
}

std::vector<std::string> azure_raw_paths() {
  std::vector<std::string> paths;
  for (const auto* front : {"/openai", ""}) {
    for (const auto* operation : {"chat/completions", "completions", "embeddings", "images/*", "audio/*"}) {
      paths.push_back(fmt::format("POST {}/deployments/*/{}", front, operation));
      paths.push_back(fmt::format("POST {}/v1/{}", front, operation));
    }
    paths.push_back(fmt::format("POST {}/v1/responses", front));
  }
  return paths;
}

std::vector<std::string> anthropic_raw_paths() {
  return {"POST /messages", "POST /messages/count_tokens", "GET /models", "GET /models/*"};
}

std::vector<std::string> bedrock_raw_paths() {
  return {"POST /model/*/converse", "POST /model/*/converse-stream", "POST /model/*/invoke",
          "POST /model/*/invoke-with-response-stream", "POST /model/*/count-tokens"};
}

std::vector<std::string> cohere_raw_paths() {
  return {"POST /chat", "POST /embed", "POST /rerank", "GET /models", "GET /models/*"};
}

std::vector<std::string> ollama_raw_paths() {
  return {"POST /chat", "POST /generate", "POST /embed", "POST /embeddings", "POST /show", "GET /tags", "GET /ps",
          "GET /version"};
}

std::vector<std::string> gemini_raw_paths() {
  return {"POST /models/*:generateContent",
          "POST /models/*:streamGenerateContent",
          "POST /models/*:countTokens",
          "POST /models/*:embedContent",
          "POST /models/*:batchEmbedContents",
          "GET /models",
          "GET /models/*"};
}

std::vector<std::string> vertex_raw_paths() {
  return {"POST /projects/*/locations/*/publishers/*/models/*:generateContent",
          "POST /projects/*/locations/*/publishers/*/models/*:streamGenerateContent",
          "POST /projects/*/locations/*/publishers/*/models/*:countTokens",
          "POST /projects/*/locations/*/publishers/*/models/*:predict"};
}

}  // namespace millwright::extensions
