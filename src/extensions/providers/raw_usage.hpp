// What answers in a provider's own words say of their usage, for calls that are passed through. One function a dialect;
// called with each answer or event that speaks of usage, and once with nothing at the end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Chat, responses (whole and as events), embeddings, rerank, images and audio.
void read_openai_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);
/// A message, or the events that tell its usage in parts.
void read_anthropic_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);
/// generateContent, whose events tell the usage so far.
void read_gemini_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);

/// Chat (whole and as events), embed, rerank: what is billed.
void read_cohere_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);
/// Chat, generate and embed, whole or line by line.
void read_ollama_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);

/// Converse and its events; models that are invoked, by their maker's words or by what Bedrock adds to the last event.
void read_bedrock_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);
/// The counts of a model that was invoked and answered whole.
void read_bedrock_raw_head(const io::http::Headers& headers, gateway::RawUsage& usage);

/// The inference paths of a kind, which may be passed through unless a configuration says otherwise.
[[nodiscard]] std::vector<std::string> openai_raw_paths();
[[nodiscard]] std::vector<std::string> azure_raw_paths();   // whether or not the base URL ends in /openai
[[nodiscard]] std::vector<std::string> anthropic_raw_paths();
[[nodiscard]] std::vector<std::string> bedrock_raw_paths();
[[nodiscard]] std::vector<std::string> cohere_raw_paths();
[[nodiscard]] std::vector<std::string> ollama_raw_paths();
[[nodiscard]] std::vector<std::string> gemini_raw_paths();
[[nodiscard]] std::vector<std::string> vertex_raw_paths();

}  // namespace millwright::extensions
