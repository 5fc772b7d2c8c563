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

/// Converse, and the answers of models that are invoked in Anthropic's words.
void read_bedrock_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage);

/// The inference paths of a kind, which may be passed through unless a configuration says otherwise.
[[nodiscard]] std::vector<std::string> openai_raw_paths();
[[nodiscard]] std::vector<std::string> azure_raw_paths();   // whether or not the base URL ends in /openai
[[nodiscard]] std::vector<std::string> anthropic_raw_paths();
[[nodiscard]] std::vector<std::string> bedrock_raw_paths();
[[nodiscard]] std::vector<std::string> gemini_raw_paths();
[[nodiscard]] std::vector<std::string> vertex_raw_paths();

}  // namespace millwright::extensions
