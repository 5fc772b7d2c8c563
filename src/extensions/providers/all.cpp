#include "extensions/providers/all.hpp"

#include "extensions/providers/anthropic.hpp"
#include "extensions/providers/azure.hpp"
#include "extensions/providers/bedrock.hpp"
#include "extensions/providers/cohere.hpp"
#include "extensions/providers/extractive.hpp"
#include "extensions/providers/gemini.hpp"
#include "extensions/providers/ollama.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_presets.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/vertex.hpp"

namespace millwright::extensions {

gateway::ProviderKinds provider_kinds() {
  gateway::ProviderKinds kinds{
      {"anthropic", {make_anthropic, anthropic_facts()}},
      {"azure", {make_azure, azure_facts()}},
      {"bedrock", {make_bedrock, bedrock_facts()}},
      {"cohere", {make_cohere, cohere_facts()}},
      {"builtin", {make_extractive, {}}},
      {"gemini", {make_gemini, {gemini_base_url, {}, {}}}},
      {"openai", {make_openai, {}}},
      {"ollama", {make_ollama, ollama_facts()}},
      {"vertex", {make_vertex, {vertex_base_url, {"location", "project"}, {"service_account"}}}},
  };
  for (const auto& preset : openai_presets()) {
    if (preset.name.empty() || preset.name == "openai") continue;
    gateway::ProviderKindFacts facts{
        std::string(preset.base_url), {}, {}, preset.is_free, std::string(preset.price_list)};
    facts.passthrough = openai_raw_paths();
    kinds.emplace(preset.name, gateway::ProviderKind{make_openai, std::move(facts)});
  }
  kinds["anthropic"].facts.passthrough = anthropic_raw_paths();
  kinds["azure"].facts.passthrough = azure_raw_paths();
  kinds["bedrock"].facts.passthrough = bedrock_raw_paths();
  kinds["cohere"].facts.passthrough = cohere_raw_paths();
  kinds["gemini"].facts.passthrough = gemini_raw_paths();
  kinds["ollama"].facts.passthrough = ollama_raw_paths();
  kinds["openai"].facts.passthrough = openai_raw_paths();
  kinds["vertex"].facts.passthrough = vertex_raw_paths();
  return kinds;
}

}  // namespace millwright::extensions
